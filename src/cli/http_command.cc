#include "cli/http_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <utility>

#include "protocols/http/percent.h"

namespace koine::cli {

namespace {

std::string shown(const http::JsonValue& value) {
  if (value.is_null()) return {};
  if (const auto text = value.as_text()) return std::string(*text);
  return value.to_json();
}

}  // namespace

void HttpFlags::add_to(CLI::App& command) {
  client.add_to(command);
  command.add_option("--vhost", vhost, "the virtual host; default: /");
  command.add_flag("--json", is_json, "print JSON, one object a line");
}

HttpTarget::HttpTarget(std::string path, const HttpFlags& flags) : path_(std::move(path)) {
  query("vhost", flags.vhost);
}

HttpTarget& HttpTarget::name(std::string_view segment) {
  path_ += "/" + http::percent_encoded(segment);
  return *this;
}

HttpTarget& HttpTarget::path(std::string_view literal) {
  path_ += literal;
  return *this;
}

HttpTarget& HttpTarget::query(std::string_view key, std::string_view value) {
  if (value.empty()) return *this;
  query_ += fmt::format("{}{}={}", query_.empty() ? '?' : '&', key, http::percent_encoded(value));
  return *this;
}

Task<Result<>> for_each_item(HttpClient& client, HttpTarget target,
                             std::function<Result<>(const http::JsonValue&)> visit,
                             int items_per_page) {
  target.query("limit", fmt::format("{}", items_per_page));
  std::string after;
  while (true) {
    HttpTarget page = target;
    page.query("after", after);
    CO_TRY(const std::string body, co_await client.call("GET", page.text()));
    CO_TRY(const auto document, expect(http::JsonDocument::parse(as_bytes(body), "answer")));
    CO_TRY(auto fields, expect(document.root().as_object()));
    CO_TRY(const auto items, expect(fields.required<http::JsonArray>("items")));
    for (const http::JsonValue& item : items) CO_TRY(visit(item));
    CO_TRY(const auto next, expect(fields.optional<std::string_view>("next")));
    if (!next) co_return Result<>{};
    after = *next;
  }
}

Result<> write_settings(http::JsonWriter& json, const std::vector<std::string>& settings,
                        std::string_view flag) {
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{} {}: expected {} NAME=VALUE", flag, setting, flag));
    }
    const std::string value = setting.substr(equals + 1);
    json.key(setting.substr(0, equals));
    if (const auto parsed = http::JsonDocument::parse(as_bytes(value))) {
      json.raw(parsed->root().to_json());
    } else {
      json.value(value);
    }
  }
  return {};
}

std::string shown(const http::JsonObject& object, std::string_view member) {
  for (const auto& [name, value] : object.fields()) {
    if (name == member) return shown(value);
  }
  return {};
}

void print_members(const http::JsonObject& object) {
  for (const auto& [name, value] : object.fields()) {
    const bool is_simple = value.kind() != http::JsonValue::Kind::object &&
                           value.kind() != http::JsonValue::Kind::array;
    if (is_simple) fmt::print("  {} = {}\n", name, shown(value));
  }
}

}  // namespace koine::cli
