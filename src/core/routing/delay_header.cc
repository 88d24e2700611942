#include "core/routing/delay_header.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace koine::core {
namespace {

std::optional<std::int64_t> whole_part(double number) {
  // Beyond it there are no milliseconds any more.
  constexpr double max = 1LL << 53U;
  if (!(std::abs(number) <= max)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<std::int64_t> number_of(const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::int64_t> read_delay(const FieldValue& value) {
  if (const auto number = value.as_integer()) return number;
  if (const std::string* text = value.as_text()) return number_of(*text);
  if (const auto* number = std::get_if<float>(&value.value))
    return whole_part(static_cast<double>(*number));
  if (const auto* number = std::get_if<double>(&value.value)) return whole_part(*number);
  if (const auto* decimal = std::get_if<Decimal>(&value.value))
    return whole_part(decimal->value / std::pow(10.0, decimal->scale));
  return std::nullopt;
}

void mark_delayed(FieldTable& headers) {
  const auto header = std::ranges::find(headers, delay_header, &Field::name);
  if (header == headers.end()) return;
  const auto delay = read_delay(header->value);
  if (!delay || *delay == std::numeric_limits<std::int64_t>::min()) return;
  if (*delay > std::numeric_limits<std::int32_t>::max()) {
    header->value.value = -*delay;
  } else {
    header->value.value = static_cast<std::int32_t>(-*delay);
  }
}

}  // namespace koine::core
