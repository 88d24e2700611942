#include "base/base64.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace koine {
namespace {

std::string encoded(ByteView bytes) {
  std::string text = "before ";
  append_base64(text, bytes);
  return text.substr(7);
}

TEST(Base64, EncodesTheExamplesOfTheStandard) {
  // RFC 4648 10
  EXPECT_EQ(encoded(as_bytes("")), "");
  EXPECT_EQ(encoded(as_bytes("f")), "Zg==");
  EXPECT_EQ(encoded(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(encoded(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(encoded(as_bytes("foob")), "Zm9vYg==");
  EXPECT_EQ(encoded(as_bytes("fooba")), "Zm9vYmE=");
  EXPECT_EQ(encoded(as_bytes("foobar")), "Zm9vYmFy");
}

// Bit by bit, to compare with.
std::string slowly_encoded(const std::vector<std::byte>& bytes) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    std::uint32_t digit = 0;
    for (std::size_t at = bit; at < bit + 6; ++at) {
      const std::uint32_t byte =
          at / 8 < bytes.size() ? std::to_integer<std::uint32_t>(bytes[at / 8]) : 0;
      digit = digit << 1U | (byte >> (7 - at % 8) & 1U);
    }
    text += alphabet[digit];
  }
  while (text.size() % 4 != 0) text += '=';
  return text;
}

// Every digit at every place, also at the seams between what is encoded many at a time and what is not.
TEST(Base64, EncodesEveryLengthAndDigit) {
  std::uint32_t state = 1;
  for (std::size_t size = 0; size < 300; ++size) {
    std::vector<std::byte> bytes(size);
    for (std::byte& byte : bytes) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<std::byte>(state >> 24U);
    }
    ASSERT_EQ(encoded(bytes), slowly_encoded(bytes)) << size;
  }
}

}  // namespace
}  // namespace koine
