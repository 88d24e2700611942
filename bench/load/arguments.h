// The command line of a load generator: `--name value` pairs, nothing else. A wrong, missing or
// unknown argument throws with a sentence that names it.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 1; i < argc; i += 2) {
      std::string const name = argv[i];
      if (!name.starts_with("--") || i + 1 >= argc) refuse(name, "expected --name value");
      values_[name.substr(2)] = argv[i + 1];
    }
  }

  // The value of a required argument.
  std::string text(std::string const& name) const {
    asked_.insert(name);
    auto const found = values_.find(name);
    if (found == values_.end()) refuse("--" + name, "is required");
    return found->second;
  }

  std::string text(std::string const& name, std::string const& otherwise) const {
    asked_.insert(name);
    auto const found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
  }

  size_t number(std::string const& name) const { return parse(name, text(name)); }

  size_t number(std::string const& name, size_t otherwise) const {
    return parse(name, text(name, std::to_string(otherwise)));
  }

  // Call when everything has been asked for: refuses what nobody asked for.
  void finish() const {
    for (auto const& [name, value] : values_) {
      if (!asked_.contains(name)) refuse("--" + name, "is not known");
    }
  }

 private:
  static size_t parse(std::string const& name, std::string const& value) {
    char* end = nullptr;
    auto const parsed = std::strtoull(value.c_str(), &end, 10);
    if (value.empty() || *end != 0) refuse("--" + name, "expected a number, found '" + value + "'");
    return parsed;
  }

  [[noreturn]] static void refuse(std::string const& name, std::string const& why) {
    throw std::invalid_argument(name + ": " + why);
  }

  std::map<std::string, std::string> values_;
  mutable std::set<std::string> asked_;
};
