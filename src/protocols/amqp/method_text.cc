#include "protocols/amqp/method_text.h"

#include <fmt/format.h>

#include <type_traits>
#include <variant>

#include "base/text.h"

namespace koine::amqp {

namespace {

struct ValueText {
  std::string operator()(std::monostate) const { return "void"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  template <typename T>
    requires std::is_arithmetic_v<T>
  std::string operator()(T value) const {
    return fmt::to_string(value);
  }
  std::string operator()(const core::Decimal& value) const {
    return fmt::format("{}e-{}", value.value, value.scale);
  }
  std::string operator()(const std::string& value) const { return json_string(value); }
  std::string operator()(const core::ByteArray& value) const { return json_string(value.bytes); }
  std::string operator()(const core::Timestamp& value) const {
    return fmt::format("@{}", value.seconds);
  }
  std::string operator()(const core::FieldTable& value) const { return text_of(value); }
  std::string operator()(const core::FieldArray& values) const {
    std::string text;
    for (const core::FieldValue& value : values) {
      text += text.empty() ? '[' : ',';
      text += text_of(value);
    }
    return text.empty() ? "[]" : text + ']';
  }
};

}  // namespace

std::string text_of(const core::FieldValue& value) { return std::visit(ValueText{}, value.value); }

std::string text_of(const core::FieldTable& table) {
  std::string text;
  for (const core::Field& field : table) {
    text += text.empty() ? '{' : ',';
    text += json_escaped(field.name) + '=' + text_of(field.value);
  }
  return text.empty() ? "{}" : text + '}';
}

void MethodText::write(std::string_view value) { text_ += json_string(value); }

}  // namespace koine::amqp
