#include "base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

// Reflected arithmetic in GF(2)[x] modulo the Castagnoli polynomial: bit 31 is the coefficient of x^0.

namespace koine {
namespace {

constexpr std::uint32_t polynomial = 0x82F63B78U;
constexpr std::uint32_t one = 0x80000000U;  // the polynomial 1

constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = one; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b & 1) != 0 ? (b >> 1) ^ polynomial : b >> 1;
  }
  return product;
}

// powers[n] is x^(8 * 2^n): multiplying by it appends 2^n zero bytes.
constexpr std::array<std::uint32_t, 61> make_powers() {
  std::array<std::uint32_t, 61> powers{};
  std::uint32_t power = one >> 8U;  // x^8
  for (auto& entry : powers) {
    entry = power;
    power = multiply(power, power);
  }
  return powers;
}
constexpr auto powers = make_powers();

// x^(8 * size)
constexpr std::uint32_t shift_by(std::size_t size) {
  std::uint32_t product = one;
  for (std::size_t n = 0; size != 0; ++n, size >>= 1U) {
    if ((size & 1U) != 0) product = multiply(powers.at(n), product);
  }
  return product;
}

#if defined(__SSE4_2__)

// Multiplying by one constant, a byte at a time.
class ShiftTable {
 public:
  constexpr explicit ShiftTable(std::size_t size) {
    const std::uint32_t factor = shift_by(size);
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      for (std::uint32_t lane = 0; lane < 4; ++lane) {
        table_.at(lane).at(byte) = multiply(factor, byte << (8 * lane));
      }
    }
  }
  std::uint32_t operator()(std::uint32_t crc) const {
    return table_[0][crc & 0xFFU] ^ table_[1][(crc >> 8U) & 0xFFU] ^
           table_[2][(crc >> 16U) & 0xFFU] ^ table_[3][crc >> 24U];
  }

 private:
  std::array<std::array<std::uint32_t, 256>, 4> table_{};
};

// Three lanes at once hide the latency of the instruction (3 cycles for 8 bytes); their checksums are
// then joined by shifting over the lanes behind them.
constexpr std::size_t lane_size = 1024;
const ShiftTable shift_one_lane(lane_size);
const ShiftTable shift_two_lanes(2 * lane_size);

std::uint64_t word_at(const std::byte* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

std::uint32_t update(std::uint32_t state, const std::byte* data, std::size_t size) {
  while (size >= 3 * lane_size) {
    std::uint64_t first = state;
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t at = 0; at < lane_size; at += 8) {
      first = _mm_crc32_u64(first, word_at(data + at));
      second = _mm_crc32_u64(second, word_at(data + lane_size + at));
      third = _mm_crc32_u64(third, word_at(data + 2 * lane_size + at));
    }
    state = shift_two_lanes(static_cast<std::uint32_t>(first)) ^
            shift_one_lane(static_cast<std::uint32_t>(second)) ^ static_cast<std::uint32_t>(third);
    data += 3 * lane_size;
    size -= 3 * lane_size;
  }
  for (; size >= 8; data += 8, size -= 8) {
    state = static_cast<std::uint32_t>(_mm_crc32_u64(state, word_at(data)));
  }
  for (; size > 0; ++data, --size) state = _mm_crc32_u8(state, static_cast<std::uint8_t>(*data));
  return state;
}

#else

constexpr std::array<std::uint32_t, 256> make_byte_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit)
      state = (state & 1U) != 0 ? (state >> 1U) ^ polynomial : state >> 1U;
    table.at(byte) = state;
  }
  return table;
}
constexpr auto byte_table = make_byte_table();

std::uint32_t update(std::uint32_t state, const std::byte* data, std::size_t size) {
  for (; size > 0; ++data, --size) {
    state = (state >> 8U) ^ byte_table[(state ^ static_cast<std::uint8_t>(*data)) & 0xFFU];
  }
  return state;
}

#endif

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t before) {
  return ~update(~before, bytes.data(), bytes.size());
}

std::uint32_t crc32c_combine(std::uint32_t first, std::uint32_t second, std::size_t second_size) {
  return multiply(shift_by(second_size), first) ^ second;
}

}  // namespace koine
