// Reading JSON bodies, strictly: what is not declared is refused by name, what has the wrong type is named with what was found.
//
//   CO_TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
//   CO_TRY(JsonObject fields, document.root().as_object());
//   CO_TRY(const auto name, fields.required<std::string_view>("name"));
//   CO_TRY(const auto count, fields.optional<std::int64_t>("partitions"));
//   CO_TRY(fields.end());                                "body.partitons: unknown field; known are name, partitions"
//
// Values are views into the document. Types: bool, std::int64_t, double, std::string_view, JsonObject, JsonArray, JsonValue.
// Numbers with a fraction are no std::int64_t. A field that is null counts as missing where it is optional.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "protocols/http/problem.h"

namespace koine::http {

class JsonObject;
class JsonArray;

// Deeper ones are refused.
inline constexpr std::size_t json_depth_max = 64;

class JsonValue {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, text, array, object };

  Kind kind() const;
  bool is_null() const { return kind() == Kind::null; }

  // Problems: bad_request, naming the place: "body.settings.retention_ms: found text, expected a whole number".
  Outcome<bool> as_bool() const;
  Outcome<std::int64_t> as_number() const;
  Outcome<double> as_double() const;
  Outcome<std::string_view> as_text() const;
  Outcome<JsonObject> as_object() const;
  Outcome<JsonArray> as_array() const;
  template <typename T>
  Outcome<T> as() const;

  // The value as JSON text, minified.
  std::string to_json() const;
  const std::string& place() const { return place_; }

 private:
  friend class JsonDocument;
  friend class JsonObject;
  friend class JsonArray;
  // What the library's element is, so that who includes this does not compile the library.
  struct Element {
    const void* document = nullptr;
    std::size_t index = 0;
  };
  JsonValue(Element element, std::string place) : element_(element), place_(std::move(place)) {}
  Refused wrong_kind(std::string_view expected) const;

  Element element_;
  std::string place_;  // "body.records[3].key"
};

class JsonObject {
 public:
  template <typename T>
  Outcome<T> required(std::string_view name) {
    const auto found = take(name);
    if (!found)
      return refuse(Status::bad_request, place_ + "." + std::string(name) + ": is missing");
    return found->template as<T>();
  }
  template <typename T>
  Outcome<std::optional<T>> optional(std::string_view name) {
    const auto found = take(name);
    if (!found || found->is_null()) return std::optional<T>();
    auto value = found->template as<T>();
    if (!value) return fail(std::move(value).error());
    return std::optional<T>(std::move(*value));
  }
  // Every field was asked for. Also: none came twice.
  Outcome<> end() const;

  // Of objects whose names are data: each field, in order.
  std::vector<std::pair<std::string_view, JsonValue>> fields() const;
  const std::string& place() const { return place_; }

 private:
  friend class JsonValue;
  JsonObject(JsonValue::Element element, std::string place)
      : element_(element), place_(std::move(place)) {}
  std::optional<JsonValue> take(std::string_view name);

  JsonValue::Element element_;
  std::string place_;
  std::vector<std::string_view> known_;
};

class JsonArray {
 public:
  std::size_t size() const { return values_.size(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }

 private:
  friend class JsonValue;
  explicit JsonArray(std::vector<JsonValue> values) : values_(std::move(values)) {}
  std::vector<JsonValue> values_;
};

// Owns what values are views into.
class JsonDocument {
 public:
  // Problems: bad_request: not JSON, not UTF-8, or deeper than json_depth_max.
  static Outcome<JsonDocument> parse(ByteView text, std::string place = "body");
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonValue root() const;

 private:
  struct Parsed;
  JsonDocument(std::unique_ptr<Parsed> parsed, std::string place);

  std::unique_ptr<Parsed> parsed_;
  std::string place_;
};

template <typename T>
Outcome<T> JsonValue::as() const {
  if constexpr (std::same_as<T, bool>) {
    return as_bool();
  } else if constexpr (std::same_as<T, std::int64_t>) {
    return as_number();
  } else if constexpr (std::same_as<T, double>) {
    return as_double();
  } else if constexpr (std::same_as<T, std::string_view>) {
    return as_text();
  } else if constexpr (std::same_as<T, JsonObject>) {
    return as_object();
  } else if constexpr (std::same_as<T, JsonArray>) {
    return as_array();
  } else {
    static_assert(std::same_as<T, JsonValue>);
    return *this;
  }
}

}  // namespace koine::http
