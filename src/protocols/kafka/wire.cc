#include "protocols/kafka/wire.h"

#include <bit>
#include <limits>

namespace koine::kafka {

namespace {

constexpr std::size_t plain_string_size_max = std::numeric_limits<std::int16_t>::max();

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1));
}

std::optional<std::string_view> text_of(std::optional<ByteView> view) {
  if (!view) return std::nullopt;
  return as_text(*view);
}

}  // namespace

bool Reader::boolean() {
  const std::int8_t value = int8();
  if (value != 0 && value != 1) fail("is neither true nor false");
  return value == 1;
}

double Reader::float64() { return std::bit_cast<double>(int64()); }

Uuid Reader::uuid() {
  Uuid value;
  const ByteView view = raw(value.bytes.size());
  if (ok()) std::memcpy(value.bytes.data(), view.data(), view.size());
  return value;
}

std::uint32_t Reader::uvarint() {
  // 4 groups of 7 bits leave 4 bits for the fifth byte.
  return static_cast<std::uint32_t>(base_128(varint_bytes_max, 0x0F));
}

std::int32_t Reader::varint() {
  return static_cast<std::int32_t>(unzigzag(base_128(varint_bytes_max, 0x0F)));
}

std::int64_t Reader::varlong() {
  // 9 groups of 7 bits leave 1 bit for the tenth byte.
  return unzigzag(base_128(varlong_bytes_max, 0x01));
}

std::uint64_t Reader::base_128(int bytes_max, unsigned last_byte_max) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes_max; ++i) {
    const auto byte = number<std::uint8_t>();
    if (!ok()) return 0;
    if (i == bytes_max - 1 && byte > last_byte_max) break;
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << (7U * static_cast<unsigned>(i));
    if ((byte & 0x80U) == 0) return value;
  }
  fail("is a varint that is too long");
  return 0;
}

ByteView Reader::raw(std::size_t size) {
  if (size > rest_.size()) {
    fail("goes past the end");
    return {};
  }
  const ByteView view = rest_.first(size);
  rest_ = rest_.subspan(size);
  return view;
}

// -1 is null.
std::optional<ByteView> Reader::sized(std::int64_t size) {
  if (!ok() || size == -1) return std::nullopt;
  if (size < 0) {
    fail("has a negative size");
    return std::nullopt;
  }
  return raw(static_cast<std::size_t>(size));
}

std::optional<std::string_view> Reader::nullable_string() { return text_of(sized(int16())); }

std::optional<std::string_view> Reader::nullable_compact_string() {
  return text_of(sized(static_cast<std::int64_t>(uvarint()) - 1));
}

std::optional<ByteView> Reader::nullable_bytes() { return sized(int32()); }

std::optional<ByteView> Reader::nullable_compact_bytes() {
  return sized(static_cast<std::int64_t>(uvarint()) - 1);
}

std::optional<std::size_t> Reader::counted(std::int64_t count, std::size_t element_bytes_min) {
  if (!ok() || count == -1) return std::nullopt;
  if (count < 0) {
    fail("has a negative count");
    return std::nullopt;
  }
  if (static_cast<std::size_t>(count) > rest_.size() / element_bytes_min) {
    fail("has more elements than bytes are left");
    return std::nullopt;
  }
  return static_cast<std::size_t>(count);
}

std::optional<std::size_t> Reader::nullable_count(std::size_t element_bytes_min) {
  return counted(int32(), element_bytes_min);
}

std::optional<std::size_t> Reader::nullable_compact_count(std::size_t element_bytes_min) {
  return counted(static_cast<std::int64_t>(uvarint()) - 1, element_bytes_min);
}

void Reader::skip_tagged_fields() {
  const std::uint32_t count = uvarint();
  for (std::uint32_t i = 0; i < count && ok(); ++i) {
    uvarint();
    raw(uvarint());
  }
}

ByteView Reader::enter_section(std::size_t size) {
  const ByteView section = raw(size);
  const ByteView after = rest_;
  rest_ = section;
  return after;
}

void Reader::leave_section(ByteView after, bool whole) {
  if (whole && !rest_.empty()) fail("is shorter than its tag says");
  if (ok()) rest_ = after;
}

bool Reader::charge(std::size_t bytes) {
  if (!ok()) return false;
  if (bytes > budget_) {
    too_large_ = true;
    fail("takes more memory than a message may");
    return false;
  }
  budget_ -= bytes;
  return true;
}

void Reader::fail(const char* reason) {
  if (reason_ != nullptr) return;
  reason_ = reason;
  rest_ = {};
}

Result<> Reader::status() const {
  if (ok()) return {};
  std::string message = field_ == nullptr ? "a field" : field_;
  message += ' ';
  message += reason_;
  return koine::fail(too_large_ ? ErrorCode::too_large : ErrorCode::corrupt, std::move(message));
}

Result<> Reader::finish() const {
  TRY(status());
  if (!rest_.empty() && !passes_over_rest_)
    return koine::fail(ErrorCode::corrupt, "bytes are left over after the last field");
  return {};
}

void Writer::float64(double value) { int64(std::bit_cast<std::int64_t>(value)); }

void Writer::varint(std::int32_t value) { base_128(zigzag(value) & 0xFFFFFFFFU); }

void Writer::varlong(std::int64_t value) { base_128(zigzag(value)); }

void Writer::base_128(std::uint64_t value) {
  while (value >= 0x80U) {
    bytes_.push_back(static_cast<std::byte>(value | 0x80U));
    value >>= 7U;
  }
  bytes_.push_back(static_cast<std::byte>(value));
}

void Writer::string(std::string_view value) {
  value = value.substr(0, plain_string_size_max);
  int16(static_cast<std::int16_t>(value.size()));
  raw(as_bytes(value));
}

void Writer::compact_string(std::string_view value) { compact_bytes(as_bytes(value)); }

void Writer::bytes(ByteView value) {
  int32(static_cast<std::int32_t>(value.size()));
  raw(value);
}

void Writer::compact_bytes(ByteView value) {
  compact_count(value.size());
  raw(value);
}

void Writer::hole(std::size_t size) {
  if (size == 0) return;
  holes_.push_back({bytes_.size(), size});
  holes_size_ += size;
}

void Writer::clear() {
  bytes_.clear();
  holes_.clear();
  holes_size_ = 0;
}

}  // namespace koine::kafka
