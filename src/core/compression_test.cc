#include "core/compression.h"

#include <gtest/gtest.h>
#include <lz4frame.h>
#include <snappy.h>
#include <zstd.h>

#include <string>

#include "base/units.h"

namespace koine::core {
namespace {

constexpr Compression all_compressions[] = {
    Compression::none, Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd};

std::string text_of(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "order " + std::to_string(text.size() * 7919) + "; ";
  text.resize(size);
  return text;
}

ErrorCode code_of(Compression compression, ByteView bytes, std::size_t size_max) {
  const auto result = decompress(compression, bytes, size_max);
  return result ? ErrorCode::already_exists : result.error().code();
}

TEST(Compression, GivesBackWhatWasCompressed) {
  for (const auto compression : all_compressions) {
    for (const std::size_t size : {0U, 1U, 1000U, 32768U, 200'000U}) {
      const std::string text = text_of(size);
      const auto packed = compress(compression, as_bytes(text));
      ASSERT_TRUE(packed) << name_of(compression);
      const auto plain = decompress(compression, *packed, size);
      ASSERT_TRUE(plain) << name_of(compression) << " " << size << " " << plain.error().to_string();
      EXPECT_EQ(as_text(*plain), text) << name_of(compression);
    }
  }
}

TEST(Compression, StopsABombAtTheLimit) {
  const std::string zeros(20 * MiB, '\0');
  for (const auto compression : all_compressions) {
    const auto packed = compress(compression, as_bytes(zeros));
    ASSERT_TRUE(packed);
    EXPECT_EQ(code_of(compression, *packed, 1 * MiB), ErrorCode::too_large) << name_of(compression);
    EXPECT_EQ(code_of(compression, *packed, zeros.size() - 1), ErrorCode::too_large)
        << name_of(compression);
  }
}

TEST(Compression, RefusesEveryTruncation) {
  const std::string text = text_of(3000);
  for (const auto compression : {Compression::gzip, Compression::lz4, Compression::zstd}) {
    const auto packed = compress(compression, as_bytes(text));
    ASSERT_TRUE(packed);
    for (std::size_t size = 0; size < packed->size(); size += 7) {
      EXPECT_EQ(code_of(compression, ByteView(*packed).first(size), MiB), ErrorCode::corrupt)
          << name_of(compression) << " " << size;
    }
  }
}

TEST(Compression, RefusesWhatIsNotThatFormat) {
  const std::string noise = "\xff\xff\xff\xff\xff\xff\xff\xff this is not compressed";
  for (const auto compression :
       {Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
    EXPECT_EQ(code_of(compression, as_bytes(noise), MiB), ErrorCode::corrupt)
        << name_of(compression);
  }
}

TEST(Compression, ReadsSnappyWithoutFrames) {
  const std::string text = text_of(5000);
  std::string packed;
  snappy::Compress(text.data(), text.size(), &packed);
  const auto plain = decompress(Compression::snappy, as_bytes(packed), MiB);
  ASSERT_TRUE(plain);
  EXPECT_EQ(as_text(*plain), text);
}

TEST(Compression, RefusesSnappyThatPromisesMoreThanItCanHold) {
  // A raw block that claims 512 KiB and holds 5 bytes.
  EXPECT_EQ(code_of(Compression::snappy, as_bytes(std::string("\x80\x80\x20zz", 5)), MiB),
            ErrorCode::corrupt);
}

TEST(Compression, RefusesASnappyFrameThatGoesPastTheEnd) {
  auto packed = compress(Compression::snappy, as_bytes(text_of(100)));
  ASSERT_TRUE(packed);
  packed->pop_back();
  EXPECT_EQ(code_of(Compression::snappy, *packed, MiB), ErrorCode::corrupt);
  packed->resize(18);  // half of a block's length
  EXPECT_EQ(code_of(Compression::snappy, *packed, MiB), ErrorCode::corrupt);
}

TEST(Compression, ReadsGzipMembersOneAfterAnother) {
  auto packed = *compress(Compression::gzip, as_bytes("first, "));
  const auto second = *compress(Compression::gzip, as_bytes("second"));
  packed.insert(packed.end(), second.begin(), second.end());
  const auto plain = decompress(Compression::gzip, packed, MiB);
  ASSERT_TRUE(plain);
  EXPECT_EQ(as_text(*plain), "first, second");
}

TEST(Compression, HasAName) {
  EXPECT_EQ(name_of(Compression::zstd), "zstd");
  EXPECT_EQ(name_of(static_cast<Compression>(9)), "unknown");
}

TEST(Compression, RefusesAnUnknownNumber) {
  EXPECT_EQ(code_of(static_cast<Compression>(7), as_bytes("x"), MiB), ErrorCode::unsupported);
  EXPECT_EQ(compress(static_cast<Compression>(7), as_bytes("x")).error().code(),
            ErrorCode::unsupported);
}

}  // namespace
}  // namespace koine::core
