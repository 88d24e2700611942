// JsonWriter: JSON text (RFC 8259), written from front to back, commas by itself.
//
//   JsonWriter json;
//   json.begin_object().member("name", "orders").key("partitions").begin_array();
//   json.value(1).value(2).end_array().end_object();
//   std::move(json).take()                               {"name":"orders","partitions":[1,2]}
//
// Text is escaped, and what is not valid UTF-8 becomes U+FFFD. Numbers beyond 2^53 are written as numbers all the same.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace koine::http {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_array() { return begin('['); }
  JsonWriter& end_array() { return end(']'); }

  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool boolean);
  JsonWriter& value(double number);
  JsonWriter& value(std::integral auto number) {
    if constexpr (std::signed_integral<decltype(number)>) {
      return signed_number(number);
    } else {
      return unsigned_number(number);
    }
  }
  JsonWriter& null();
  // JSON as it is; must be a whole value.
  JsonWriter& raw(std::string_view json);

  JsonWriter& member(std::string_view name, auto&& member_value) {
    return key(name).value(std::forward<decltype(member_value)>(member_value));
  }

  const std::string& text() const { return text_; }
  std::string take() && { return std::move(text_); }

 private:
  JsonWriter& begin(char bracket);
  JsonWriter& end(char bracket);
  JsonWriter& signed_number(std::int64_t number);
  JsonWriter& unsigned_number(std::uint64_t number);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace koine::http
