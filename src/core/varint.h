// The zigzag varints of records: seven bits a byte, lowest first (the encoding of protobuf's sint32 and sint64).
#pragma once

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

// Errors: corrupt (cut short, or more than 64 bits).
inline Result<std::int64_t> read_varint64(ByteView& rest) {
  std::uint64_t bits = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest.empty()) return fail(ErrorCode::corrupt, "a number goes past the end of its record");
    const auto byte = static_cast<std::uint64_t>(rest.front());
    rest = rest.subspan(1);
    if (shift == 63 && byte > 1) break;
    bits |= (byte & 0x7FU) << shift;
    if (byte < 0x80) {
      return static_cast<std::int64_t>(bits >> 1U) ^ -static_cast<std::int64_t>(bits & 1U);
    }
  }
  return fail(ErrorCode::corrupt, "a number of more than 64 bits");
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
