// The command line of a load generator: `--name value` pairs, nothing else. A wrong or unknown
// argument ends the program with a sentence that names it; an argument that is never asked for is
// refused by `finish()`.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 1; i < argc; i += 2) {
      std::string const name = argv[i];
      if (name.rfind("--", 0) != 0 || i + 1 >= argc) refuse(name, "expected --name value");
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

  size_t number(std::string const& name, size_t otherwise) const {
    auto const value = text(name, std::to_string(otherwise));
    char* end = nullptr;
    auto const parsed = std::strtoull(value.c_str(), &end, 10);
    if (value.empty() || *end != 0) refuse("--" + name, "expected a number, found '" + value + "'");
    return parsed;
  }

  // Call when everything has been asked for.
  void finish() const {
    for (auto const& [name, value] : values_) {
      if (asked_.count(name) == 0) refuse("--" + name, "is not known");
    }
  }

 private:
  [[noreturn]] static void refuse(std::string const& name, std::string const& why) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), why.c_str());
    std::exit(2);
  }

  std::map<std::string, std::string> values_;
  mutable std::set<std::string> asked_;
};
