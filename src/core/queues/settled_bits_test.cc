#include "core/queues/settled_bits.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "base/check.h"

namespace koine::core {
namespace {

constexpr std::int64_t segment = SettledBits::segment_size;

std::uint64_t settle(SettledBits& bits, std::int64_t from, std::int64_t to) {
  return bits.settle(Offset(from), Offset(to));
}

std::vector<std::byte> saved(const SettledBits& bits) {
  FieldWriter writer;
  bits.save(writer);
  return writer.take();
}

Result<SettledBits> restored(ByteView bytes) {
  FieldReader reader(bytes);
  TRY(auto bits, SettledBits::restore(reader));
  TRY(reader.finish());
  return bits;
}

TEST(SettledBits, InOrderAreTheFloorAlone) {
  SettledBits bits;
  for (std::int64_t n = 0; n < 10'000; ++n) EXPECT_EQ(settle(bits, n, n + 1), 1U);
  EXPECT_EQ(bits.floor(), Offset{10'000});
  EXPECT_EQ(bits.memory_bytes(), 0U);
  EXPECT_TRUE(bits.contains(Offset{9'999}));
  EXPECT_FALSE(bits.contains(Offset{10'000}));
}

TEST(SettledBits, AHoleKeepsTheFloor) {
  SettledBits bits(Offset{100});
  EXPECT_EQ(settle(bits, 101, 104), 3U);
  EXPECT_EQ(settle(bits, 103, 106), 2U);
  EXPECT_EQ(bits.floor(), Offset{100});
  EXPECT_EQ(bits.count_above_floor(), 5U);
  EXPECT_EQ(bits.next_unsettled(Offset{101}), Offset{106});
  EXPECT_EQ(bits.next_unsettled(Offset{0}), Offset{100});
  EXPECT_EQ(bits.count(Offset{98}, Offset{104}), 5U);
  EXPECT_EQ(settle(bits, 100, 101), 1U);
  EXPECT_EQ(bits.floor(), Offset{106});
  EXPECT_EQ(bits.memory_bytes(), 0U);
  EXPECT_EQ(settle(bits, 90, 106), 0U);
}

TEST(SettledBits, OneStuckMessageCostsBytesNotBits) {
  SettledBits bits;
  for (std::int64_t n = 1; n < 1'000 * segment; ++n) settle(bits, n, n + 1);
  EXPECT_EQ(bits.floor(), Offset{0});
  EXPECT_EQ(bits.count_above_floor(), 1'000U * segment - 1);
  EXPECT_LT(bits.memory_bytes(), 40'000U);
  EXPECT_LT(saved(bits).size(), 1'100U);
  settle(bits, 0, 1);
  EXPECT_EQ(bits.floor(), Offset{1'000 * segment});
}

TEST(SettledBits, CrossSegmentsAtAnyPlace) {
  for (const std::int64_t from : {1L, 63L, 64L, segment - 1, segment, segment + 1}) {
    for (const std::int64_t to : {from + 1, from + 64, from + segment, 3 * segment}) {
      SettledBits bits;
      EXPECT_EQ(settle(bits, from, to), static_cast<std::uint64_t>(to - from));
      EXPECT_FALSE(bits.contains(Offset(from - 1)));
      EXPECT_TRUE(bits.contains(Offset(from)) && bits.contains(Offset(to - 1)));
      EXPECT_FALSE(bits.contains(Offset(to)));
      EXPECT_EQ(bits.next_unsettled(Offset(from)), Offset(to));
      EXPECT_EQ(bits.count(Offset(0), Offset(to + 5)), static_cast<std::uint64_t>(to - from));
      const auto again = restored(saved(bits));
      ASSERT_TRUE(again);
      EXPECT_EQ(again->count_above_floor(), bits.count_above_floor());
      EXPECT_EQ(again->next_unsettled(Offset(from)), Offset(to));
    }
  }
}

void expect_equal(const SettledBits& bits, const std::set<std::int64_t>& settled,
                  std::int64_t end) {
  std::int64_t floor = 0;
  while (settled.contains(floor)) ++floor;
  ASSERT_EQ(bits.floor(), Offset(floor));
  ASSERT_EQ(bits.count_above_floor() + static_cast<std::uint64_t>(floor), settled.size());
  std::int64_t next = end;
  while (settled.contains(next)) ++next;
  std::int64_t next_settled = end;
  for (std::int64_t n = end - 1; n >= 0; --n) {
    ASSERT_EQ(bits.contains(Offset(n)), settled.contains(n)) << n;
    if (!settled.contains(n)) next = n;
    if (settled.contains(n)) next_settled = n;
    if (n < floor) continue;
    ASSERT_EQ(bits.next_unsettled(Offset(n)), Offset(next)) << n;
    ASSERT_EQ(bits.next_settled(Offset(n), Offset(end)), Offset(next_settled)) << n;
  }
}

TEST(SettledBits, AgreeWithASet) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    // NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp): the same in every run.
    std::mt19937_64 random(seed);
    SettledBits bits;
    std::set<std::int64_t> settled;
    const auto end = static_cast<std::int64_t>(1 + random() % 20'000);
    for (int round = 0; round < 300; ++round) {
      const auto from = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end));
      const auto size = static_cast<std::int64_t>(random() % (round % 10 == 0 ? 6'000 : 4));
      const std::int64_t to = std::min(end, from + size);
      const std::size_t before = settled.size();
      for (std::int64_t n = from; n < to; ++n) settled.insert(n);
      ASSERT_EQ(settle(bits, from, to), settled.size() - before);
      if (round % 50 == 0) {
        auto again = restored(saved(bits));
        ASSERT_TRUE(again) << again.error().to_string();
        bits = std::move(*again);
      }
    }
    expect_equal(bits, settled, end);
    ASSERT_EQ(bits.count(Offset(0), Offset(end)), settled.size());
  }
}

TEST(SettledBits, ForgetWhatIsBehindTheEnd) {
  for (const std::int64_t end :
       {0L, 50L, 100L, 150L, segment, segment + 7, 2 * segment, 3 * segment}) {
    SettledBits bits(Offset{100});
    settle(bits, 120, 160);
    settle(bits, segment, 2 * segment + 50);
    SettledBits expected(Offset{std::min<std::int64_t>(100, end)});
    settle(expected, std::min<std::int64_t>(120, end), std::min<std::int64_t>(160, end));
    settle(expected, std::min(segment, end), std::min(2 * segment + 50, end));
    bits.truncate(Offset(end));
    EXPECT_EQ(bits.floor(), expected.floor());
    EXPECT_EQ(bits.count_above_floor(), expected.count_above_floor());
    for (std::int64_t n = 0; n < 3 * segment; ++n)
      ASSERT_EQ(bits.contains(Offset(n)), expected.contains(Offset(n))) << n;
  }
}

TEST(SettledBits, RefuseWhatIsCutOrMakesNoSense) {
  SettledBits bits(Offset{10});
  for (std::int64_t n = 11; n < segment; n += 2) settle(bits, n, n + 1);
  settle(bits, segment, 2 * segment);
  const auto whole = saved(bits);
  ASSERT_TRUE(restored(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(restored(ByteView(whole).first(size))) << size;
  auto unknown = whole;
  unknown[12] = std::byte{9};
  EXPECT_FALSE(restored(unknown));
  auto negative = whole;
  negative[7] = std::byte{0x80};
  EXPECT_FALSE(restored(negative));
  auto at_the_floor = whole;
  at_the_floor[0] = std::byte{11};  // settled, and 10 below it is not
  EXPECT_FALSE(restored(at_the_floor));
}

}  // namespace
}  // namespace koine::core
