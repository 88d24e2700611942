#include "protocols/http/json_reader.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <set>

namespace koine::http {

namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

std::string_view name_of(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::null: return "null";
    case JsonValue::Kind::boolean: return "a boolean";
    case JsonValue::Kind::number: return "a number";
    case JsonValue::Kind::text: return "text";
    case JsonValue::Kind::array: return "a list";
    case JsonValue::Kind::object: return "an object";
  }
  return "nothing";
}

template <typename Opaque>
element element_of(const Opaque& opaque) {
  static_assert(sizeof(Opaque) == sizeof(element));
  return std::bit_cast<element>(opaque);
}

}  // namespace

struct JsonDocument::Parsed {
  simdjson::dom::parser parser;
  element root;
};

JsonDocument::JsonDocument(std::unique_ptr<Parsed> parsed, std::string place)
    : parsed_(std::move(parsed)), place_(std::move(place)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

Outcome<JsonDocument> JsonDocument::parse(ByteView text, std::string place) {
  auto parsed = std::make_unique<Parsed>();
  const std::string_view json = as_text(text);
  // The library wants a pointer also for no bytes.
  auto error =
      json.empty() ? simdjson::EMPTY : parsed->parser.allocate(json.size(), json_depth_max);
  // Copies the text: the library reads beyond its end.
  if (!error) error = parsed->parser.parse(json.data(), json.size(), true).get(parsed->root);
  if (error == simdjson::DEPTH_ERROR) {
    return refuse(Status::bad_request,
                  fmt::format("{}: deeper than {} levels", place, json_depth_max));
  }
  if (error) {
    return refuse(Status::bad_request,
                  fmt::format("{}: not valid JSON: {}", place, simdjson::error_message(error)));
  }
  return JsonDocument(std::move(parsed), std::move(place));
}

JsonValue JsonDocument::root() const {
  return {std::bit_cast<JsonValue::Element>(parsed_->root), place_};
}

JsonValue::Kind JsonValue::kind() const {
  switch (element_of(element_).type()) {
    case element_type::ARRAY: return Kind::array;
    case element_type::OBJECT: return Kind::object;
    case element_type::STRING: return Kind::text;
    case element_type::BOOL: return Kind::boolean;
    case element_type::NULL_VALUE: return Kind::null;
    default: return Kind::number;
  }
}

Refused JsonValue::wrong_kind(std::string_view expected) const {
  return refuse(Status::bad_request,
                fmt::format("{}: found {}, expected {}", place_, name_of(kind()), expected));
}

Outcome<bool> JsonValue::as_bool() const {
  bool value = false;
  if (element_of(element_).get(value)) return wrong_kind("a boolean");
  return value;
}

Outcome<std::int64_t> JsonValue::as_number() const {
  std::int64_t value = 0;
  if (element_of(element_).get(value)) return wrong_kind("a whole number");
  return value;
}

Outcome<double> JsonValue::as_double() const {
  double value = 0;
  if (element_of(element_).get(value)) return wrong_kind("a number");
  return value;
}

Outcome<std::string_view> JsonValue::as_text() const {
  std::string_view value;
  if (element_of(element_).get(value)) return wrong_kind("text");
  return value;
}

Outcome<JsonObject> JsonValue::as_object() const {
  if (kind() != Kind::object) return wrong_kind("an object");
  return JsonObject(element_, place_);
}

Outcome<JsonArray> JsonValue::as_array() const {
  simdjson::dom::array array;
  if (element_of(element_).get(array)) return wrong_kind("a list");
  std::vector<JsonValue> values;
  for (const element item : array) {
    values.push_back(
        JsonValue(std::bit_cast<Element>(item), fmt::format("{}[{}]", place_, values.size())));
  }
  return JsonArray(std::move(values));
}

std::string JsonValue::to_json() const { return simdjson::minify(element_of(element_)); }

std::optional<JsonValue> JsonObject::take(std::string_view name) {
  known_.push_back(name);
  element found;
  if (element_of(element_)[name].get(found)) return std::nullopt;
  return JsonValue(std::bit_cast<JsonValue::Element>(found), fmt::format("{}.{}", place_, name));
}

Outcome<> JsonObject::end() const {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : fields()) {
    if (std::ranges::find(known_, name) == known_.end()) {
      return refuse(Status::bad_request, fmt::format("{}.{}: unknown field; known are {}", place_,
                                                     name, fmt::join(known_, ", ")));
    }
    if (!seen.insert(name).second) {
      return refuse(Status::bad_request, fmt::format("{}.{}: comes twice", place_, name));
    }
  }
  return {};
}

std::vector<std::pair<std::string_view, JsonValue>> JsonObject::fields() const {
  std::vector<std::pair<std::string_view, JsonValue>> fields;
  const simdjson::dom::object object = element_of(element_).get_object().value_unsafe();
  for (const auto [name, value] : object) {
    fields.emplace_back(name, JsonValue(std::bit_cast<JsonValue::Element>(value),
                                        fmt::format("{}.{}", place_, name)));
  }
  return fields;
}

}  // namespace koine::http
