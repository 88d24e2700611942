#include "core/queues/delay_slots.h"

#include <gtest/gtest.h>

#include <random>

#include "core/routing/delay_header.h"

namespace koine::core {
namespace {

constexpr WallTimeMs some_day = 1'800'000'000'123;

std::size_t tier_for(WallTimeMs due_ms, WallTimeMs now_ms) {
  return static_cast<std::size_t>(&tier_of(delay_slot_for(due_ms, now_ms)) - delay_tiers.data());
}

TEST(DelaySlots, AreOfTheTierThatReaches) {
  EXPECT_EQ(tier_for(some_day + 1, some_day), 0U);
  EXPECT_EQ(tier_for(some_day + 78'000, some_day), 0U);
  EXPECT_EQ(tier_for(some_day + 90'000, some_day), 1U);
  EXPECT_EQ(tier_for(some_day + 3'600'000, some_day), 1U);
  EXPECT_EQ(tier_for(some_day + 3 * 3'600'000, some_day), 2U);
  EXPECT_EQ(tier_for(some_day + 24 * 3'600'000, some_day), 2U);
  EXPECT_EQ(tier_for(some_day + 7 * 24 * 3'600'000LL, some_day), 3U);
  EXPECT_EQ(tier_for(some_day + delay_ms_max, some_day), 3U);
  EXPECT_EQ(delay_tiers.back().first + delay_tiers.back().count, int{delay_slot_count});
}

TEST(DelaySlots, OpenBeforeAnythingInThemIsDue) {
  EXPECT_LE(slot_opens_ms(delay_slot_for(some_day + 1, some_day), some_day + 1), some_day);
  EXPECT_GT(slot_ends_ms(delay_slot_for(some_day + 1, some_day), some_day + 1), some_day + 1);
}

// Whatever is in a slot goes down when the slot opens: nothing is moved into the tier from which it came.
TEST(DelaySlots, ThatOpenFitIntoTheTierBelow) {
  std::mt19937_64 random(7);
  for (int n = 0; n < 100'000; ++n) {
    const unsigned bits = 1 + random() % 32;
    const WallTimeMs now = some_day + static_cast<WallTimeMs>(random() % (1ULL << 40U));
    const WallTimeMs due = now + 1 + static_cast<WallTimeMs>(random() % (1ULL << bits));
    const std::uint8_t slot = delay_slot_for(due, now);
    const std::size_t tier = tier_for(due, now);
    ASSERT_GE(slot, delay_tiers[tier].first);
    ASSERT_LT(slot, delay_tiers[tier].first + delay_tiers[tier].count);
    if (tier == 0) continue;
    const WallTimeMs opens = slot_opens_ms(slot, due);
    ASSERT_GT(opens, now);
    ASSERT_LT(opens, due);
    ASSERT_EQ(tier_for(due, opens), tier - 1);
  }
}

}  // namespace
}  // namespace koine::core
