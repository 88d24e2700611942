// The zigzag varints of records: seven bits a byte, lowest first (the encoding of protobuf's sint32 and sint64).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace koine::core {

inline void write_varint(std::vector<std::byte>& to, std::int64_t value) {
  auto bits = (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U);
  for (; bits >= 0x80; bits >>= 7U) to.push_back(static_cast<std::byte>(bits | 0x80U));
  to.push_back(static_cast<std::byte>(bits));
}

inline constexpr std::size_t varint_bytes_max = 10;

// False: cut short, or more than 64 bits; nothing is taken then.
inline bool try_read_varint64(ByteView& rest, std::int64_t& value) {
  std::uint64_t bits = 0;
  const std::size_t size_max = std::min(rest.size(), varint_bytes_max);
  for (std::size_t n = 0; n < size_max; ++n) {
    const auto byte = std::to_integer<std::uint64_t>(rest[n]);
    if (n == varint_bytes_max - 1 && byte > 1) return false;
    bits |= (byte & 0x7FU) << (7 * n);
    if (byte >= 0x80) continue;
    rest = rest.subspan(n + 1);
    value = static_cast<std::int64_t>(bits >> 1U) ^ -static_cast<std::int64_t>(bits & 1U);
    return true;
  }
  return false;
}

// Errors: corrupt (cut short, or more than 64 bits).
inline Result<std::int64_t> read_varint64(ByteView& rest) {
  std::int64_t value = 0;
  if (try_read_varint64(rest, value)) return value;
  const bool is_cut_short = rest.size() < varint_bytes_max;
  return fail(ErrorCode::corrupt, is_cut_short ? "a number goes past the end of its record"
                                               : "a number of more than 64 bits");
}

// Errors: corrupt (also over 32 bits).
inline Result<std::int32_t> read_varint32(ByteView& rest) {
  TRY(const std::int64_t value, read_varint64(rest));
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max()) {
    return fail(ErrorCode::corrupt, "a number of more than 32 bits");
  }
  return static_cast<std::int32_t>(value);
}

}  // namespace koine::core
