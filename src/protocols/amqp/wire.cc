#include "protocols/amqp/wire.h"

#include <fmt/format.h>

#include <vector>

#include "base/check.h"

namespace koine::amqp {

bool Reader::bit() {
  if (bit_mask_ == 0) {
    bits_ = number<std::uint8_t>();
    bit_mask_ = 1;
  }
  const bool value = (bits_ & bit_mask_) != 0;
  bit_mask_ = static_cast<std::uint8_t>(bit_mask_ << 1U);
  return value;
}

std::string_view Reader::short_string() {
  const std::size_t size = number<std::uint8_t>();
  if (!has(size)) return {};
  const std::string_view text = as_text(rest_.first(size));
  rest_ = rest_.subspan(size);
  return text;
}

std::string_view Reader::long_string() {
  const std::size_t size = number<std::uint32_t>();
  if (!has(size)) return {};
  const std::string_view text = as_text(rest_.first(size));
  rest_ = rest_.subspan(size);
  return text;
}

core::FieldTable Reader::table() {
  const ByteView whole = rest_;
  const std::size_t size = number<std::uint32_t>();
  if (!ok() || !has(size)) return {};
  rest_ = rest_.subspan(size);
  auto decoded = core::decode_field_table(whole.first(sizeof(std::uint32_t) + size));
  if (!decoded) {
    fail("is no field table");
    return {};
  }
  return std::move(*decoded);
}

std::string Reader::failure() const {
  if (ok()) return {};
  return fmt::format("{} {}", field_ == nullptr ? "a field" : field_, reason_);
}

void Writer::bit(bool value) {
  if (bit_count_ == 0) *buffer_.extend(1) = std::byte{0};
  if (value) buffer_.last() |= std::byte{1} << bit_count_;
  bit_count_ = (bit_count_ + 1) % 8;
}

void Writer::short_string(std::string_view text) {
  CHECK(text.size() <= short_string_max);
  number(static_cast<std::uint8_t>(text.size()));
  raw(as_bytes(text));
}

void Writer::long_string(std::string_view text) {
  number(static_cast<std::uint32_t>(text.size()));
  raw(as_bytes(text));
}

void Writer::table(const core::FieldTable& table) {
  std::vector<std::byte> bytes;
  core::encode_field_table(table, bytes);
  raw(bytes);
}

}  // namespace koine::amqp
