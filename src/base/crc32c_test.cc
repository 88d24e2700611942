#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <vector>

namespace koine {
namespace {

std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((i * 131U) ^ (i >> 7U));
  return bytes;
}

// One bit at a time, from the definition.
std::uint32_t slow_crc32c(ByteView bytes) {
  std::uint32_t state = 0xFFFFFFFFU;
  for (const std::byte byte : bytes) {
    state ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit)
      state = (state & 1U) != 0 ? (state >> 1U) ^ 0x82F63B78U : state >> 1U;
  }
  return ~state;
}

TEST(Crc32c, MatchesTheStandardsCheckValue) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, MatchesTheDefinitionAtEverySizeAroundTheLanes) {
  const auto bytes = pattern(2 * 3 * 1024 + 50);
  for (const std::size_t size : {1U, 7U, 8U, 9U, 3071U, 3072U, 3073U, 3080U, 6144U, 6190U}) {
    EXPECT_EQ(crc32c(ByteView(bytes).first(size)), slow_crc32c(ByteView(bytes).first(size)))
        << size;
  }
}

TEST(Crc32c, ContinuesFromAnEarlierPart) {
  const auto bytes = pattern(10'000);
  const ByteView all(bytes);
  EXPECT_EQ(crc32c(all.subspan(4'321), crc32c(all.first(4'321))), crc32c(all));
}

TEST(Crc32c, CombinesWithoutTheBytes) {
  const auto bytes = pattern(100'000);
  const ByteView all(bytes);
  for (const std::size_t split : {0U, 1U, 21U, 4096U, 99'999U, 100'000U}) {
    EXPECT_EQ(
        crc32c_combine(crc32c(all.first(split)), crc32c(all.subspan(split)), all.size() - split),
        crc32c(all));
  }
}

}  // namespace
}  // namespace koine
