#include "base/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace koine {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#if defined(__x86_64__)

// Vectors of 12 bytes in 16, of which one or two are worked on at once:
//
//   aaaaaabb bbbbcccc ccdddddd   ->   00aaaaaa 00bbbbbb 00cccccc 00dddddd   ->   characters, by adding what their range is off
//
// Each returns how many bytes it has encoded; it reads up to four more.
constexpr std::array<char, 16> byte_order = {1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10};
// By range: a-z, the ten digits, +, /, A-Z.
constexpr char of_digit = '0' - 52;
constexpr std::array<char, 16> range_offsets = {
    'a' - 26, of_digit, of_digit, of_digit, of_digit, of_digit, of_digit, of_digit,
    of_digit, of_digit, of_digit, '+' - 62, '/' - 63, 'A',      0,        0};

__attribute__((target("ssse3"))) __m128i load(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

__attribute__((target("ssse3"))) std::size_t encode_by_12(const std::byte* from, std::size_t size,
                                                          char* to) {
  const __m128i order = load(byte_order.data());
  const __m128i offsets = load(range_offsets.data());
  std::size_t at = 0;
  for (; at + 16 <= size; at += 12, to += 16) {
    const __m128i bytes = _mm_shuffle_epi8(load(from + at), order);
    const __m128i odd = _mm_mulhi_epu16(_mm_and_si128(bytes, _mm_set1_epi32(0x0fc0fc00)),
                                        _mm_set1_epi32(0x04000040));
    const __m128i even = _mm_mullo_epi16(_mm_and_si128(bytes, _mm_set1_epi32(0x003f03f0)),
                                         _mm_set1_epi32(0x01000010));
    const __m128i digits = _mm_or_si128(odd, even);
    const __m128i below_26 = _mm_cmpgt_epi8(_mm_set1_epi8(26), digits);
    const __m128i range = _mm_or_si128(_mm_subs_epu8(digits, _mm_set1_epi8(51)),
                                       _mm_and_si128(below_26, _mm_set1_epi8(13)));
    const __m128i text = _mm_add_epi8(digits, _mm_shuffle_epi8(offsets, range));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), text);
  }
  return at;
}

__attribute__((target("avx2"))) std::size_t encode_by_24(const std::byte* from, std::size_t size,
                                                         char* to) {
  const __m256i order = _mm256_broadcastsi128_si256(load(byte_order.data()));
  const __m256i offsets = _mm256_broadcastsi128_si256(load(range_offsets.data()));
  std::size_t at = 0;
  for (; at + 28 <= size; at += 24, to += 32) {
    const __m256i bytes =
        _mm256_shuffle_epi8(_mm256_set_m128i(load(from + at + 12), load(from + at)), order);
    const __m256i odd = _mm256_mulhi_epu16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x0fc0fc00)),
                                           _mm256_set1_epi32(0x04000040));
    const __m256i even = _mm256_mullo_epi16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x003f03f0)),
                                            _mm256_set1_epi32(0x01000010));
    const __m256i digits = _mm256_or_si256(odd, even);
    const __m256i below_26 = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), digits);
    const __m256i range = _mm256_or_si256(_mm256_subs_epu8(digits, _mm256_set1_epi8(51)),
                                          _mm256_and_si256(below_26, _mm256_set1_epi8(13)));
    const __m256i text = _mm256_add_epi8(digits, _mm256_shuffle_epi8(offsets, range));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), text);
  }
  return at;
}

#endif

std::size_t encode_many([[maybe_unused]] const std::byte* from, [[maybe_unused]] std::size_t size,
                        [[maybe_unused]] char* to) {
  std::size_t at = 0;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) at = encode_by_24(from, size, to);
  if (__builtin_cpu_supports("ssse3")) at += encode_by_12(from + at, size - at, to + at / 3 * 4);
#endif
  return at;
}

// Three bytes, or the last one or two of all.
void encode_group(ByteView bytes, char* to) {
  std::uint32_t bits = 0;
  for (std::size_t n = 0; n < 3; ++n) {
    bits = bits << 8U | (n < bytes.size() ? std::to_integer<std::uint32_t>(bytes[n]) : 0);
  }
  for (std::size_t n = 0; n < 4; ++n) {
    const std::size_t digit = bits >> (18 - 6 * n) & 0x3FU;
    to[n] = n <= bytes.size() ? alphabet[digit] : '=';
  }
}

}  // namespace

void append_base64(std::string& to, ByteView bytes) {
  const std::size_t before = to.size();
  const std::size_t size = (bytes.size() + 2) / 3 * 4;
  to.resize_and_overwrite(before + size, [&](char* text, std::size_t) {
    char* place = text + before;
    std::size_t at = encode_many(bytes.data(), bytes.size(), place);
    place += at / 3 * 4;
    for (; at < bytes.size(); at += 3, place += 4) {
      encode_group(bytes.subspan(at, std::min<std::size_t>(3, bytes.size() - at)), place);
    }
    return before + size;
  });
}

}  // namespace koine
