// MessageText: the visitor that prints a message's fields, as far as its version has them, in one line:
//
//   {acks=-1,timeout_ms=1500,topic_data=[{name="orders",partition_data=[{index=0,records=00ff}]}]}
//
// Fields are sorted by name; tagged fields with their default are left out. For logs, tools and tests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "protocols/kafka/field_spec.h"
#include "protocols/kafka/records.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

// "00ff"
std::string hex_of(ByteView bytes);

class MessageText {
 public:
  explicit MessageText(Version version) : version_(version) {}

  template <typename T>
  void operator()(const char* name, const T& value, FieldSpec spec = {}) {
    if (!spec.is_in(version_)) return;
    if (spec.tag != untagged && is_absent(value, spec)) return;
    fields_.emplace(name, text_of(value));
  }

  template <typename T>
  std::string text_of(const T& value) const {
    if constexpr (std::is_same_v<T, bool>) {
      return value ? "true" : "false";
    } else if constexpr (std::is_enum_v<T>) {
      return std::to_string(std::to_underlying(value));
    } else if constexpr (std::is_arithmetic_v<T>) {
      return std::to_string(value);
    } else {
      MessageText inner(version_);
      T::fields(inner, value);
      return inner.joined();
    }
  }
  std::string text_of(const Uuid& value) const { return hex_of(value.bytes); }
  std::string text_of(const std::string& value) const { return '"' + value + '"'; }
  std::string text_of(const ByteView& value) const { return hex_of(value); }
  std::string text_of(const Records& value) const { return hex_of(value.view()); }
  template <typename T>
  std::string text_of(const std::optional<T>& value) const {
    return value ? text_of(*value) : "null";
  }
  template <typename T>
  std::string text_of(const std::vector<T>& value) const {
    std::string text = "[";
    for (const T& element : value) {
      if (text.size() > 1) text += ',';
      text += text_of(element);
    }
    return text + ']';
  }

 private:
  std::string joined() const;

  Version version_;
  std::map<std::string_view, std::string> fields_;
};

}  // namespace koine::kafka
