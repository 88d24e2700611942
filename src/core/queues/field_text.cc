#include "core/queues/field_text.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.h"

namespace koine::core {
namespace {

// 1234 with scale 2: 12.34.
std::string text_of_decimal(const Decimal& decimal) {
  if (decimal.scale == 0) return std::to_string(decimal.value);
  const std::size_t scale = decimal.scale;
  std::string digits = std::to_string(std::abs(std::int64_t{decimal.value}));
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  digits.insert(digits.size() - scale, ".");
  return decimal.value < 0 ? "-" + digits : digits;
}

std::string json_of(const FieldValue& value);

std::string json_of(const FieldTable& table) {
  std::string json = "{";
  for (const Field& field : table) {
    if (json.size() > 1) json += ',';
    json += json_string(field.name) + ":" + json_of(field.value);
  }
  return json + "}";
}

std::string json_of(const FieldArray& array) {
  std::string json = "[";
  for (const FieldValue& value : array) {
    if (json.size() > 1) json += ',';
    json += json_of(value);
  }
  return json + "]";
}

struct TextOf {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(const std::integral auto& number) const {
    return fmt::format("{:d}", number);
  }
  std::string operator()(const std::floating_point auto& number) const {
    return fmt::format("{}", number);
  }
  std::string operator()(const Decimal& decimal) const { return text_of_decimal(decimal); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const ByteArray& bytes) const { return bytes.bytes; }
  std::string operator()(const Timestamp& time) const { return std::to_string(time.seconds); }
  std::string operator()(const FieldArray& array) const { return json_of(array); }
  std::string operator()(const FieldTable& table) const { return json_of(table); }
};

// Depth: at most field_nesting_max, which decoding sees to.
std::string json_of(const FieldValue& value) {
  if (std::holds_alternative<std::monostate>(value.value)) return "null";
  const bool is_text = std::holds_alternative<std::string>(value.value) ||
                       std::holds_alternative<ByteArray>(value.value);
  std::string text = std::visit(TextOf{}, value.value);
  return is_text ? json_string(text) : text;
}

}  // namespace

std::string text_of(const FieldValue& value) { return std::visit(TextOf{}, value.value); }

}  // namespace koine::core
