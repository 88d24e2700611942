#include "server/settings_file.h"

#include <fmt/format.h>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace koine::server {

namespace {

class Flattener {
 public:
  Flattener(std::string_view file_name, std::vector<FileValue>& values)
      : file_name_(file_name), values_(values) {}

  Result<> table(const std::string& prefix, const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string name =
          prefix.empty() ? std::string(key.str()) : fmt::format("{}.{}", prefix, key.str());
      if (const auto* inner = node.as_table()) {
        TRY(this->table(name, *inner));
      } else {
        TRY(value(name, node));
      }
    }
    return {};
  }

 private:
  Result<> value(const std::string& name, const toml::node& node) {
    const std::uint32_t line = node.source().begin.line;
    if (const auto* text = node.as_string()) {
      values_.push_back({name, text->get(), line});
    } else if (const auto* number = node.as_integer()) {
      values_.push_back({name, std::to_string(number->get()), line});
    } else if (const auto* boolean = node.as_boolean()) {
      values_.push_back({name, boolean->get() ? "true" : "false", line});
    } else {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{}:{}: {}: expected a number, a text, true or false", file_name_,
                              line, name));
    }
    return {};
  }

  std::string_view file_name_;
  std::vector<FileValue>& values_;
};

}  // namespace

Result<std::vector<FileValue>> parse_settings_file(std::string_view text,
                                                   std::string_view file_name) {
  const toml::parse_result parsed = toml::parse(text, file_name);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("{}:{}: {}", file_name, error.source().begin.line, error.description()));
  }
  std::vector<FileValue> values;
  TRY(Flattener(file_name, values).table("", parsed.table()));
  return values;
}

}  // namespace koine::server
