#include "journal/offset_ranges.h"

#include <gtest/gtest.h>

namespace koine::journal {
namespace {

OffsetRange range(std::int64_t first, std::int64_t end) { return {Offset(first), Offset(end)}; }

TEST(OffsetRanges, ARangeThatContinuesTheLastOneMakesItLonger) {
  OffsetRanges ranges;
  add(ranges, range(0, 3));
  add(ranges, range(3, 5));
  add(ranges, range(7, 8));
  EXPECT_EQ(ranges, (OffsetRanges{range(0, 5), range(7, 8)}));
}

TEST(OffsetRanges, InOrderNothingMeetsOrOverlaps) {
  EXPECT_EQ(in_order({range(10, 12), range(0, 5), range(3, 4), range(5, 6), range(8, 8)}),
            (OffsetRanges{range(0, 6), range(10, 12)}));
}

TEST(OffsetRanges, MissingIsWhatIsExpectedAndNotFound) {
  const OffsetRanges expected{range(0, 10), range(20, 30), range(40, 50)};
  EXPECT_EQ(missing(expected, expected, Offset(0)), OffsetRanges{});
  EXPECT_EQ(missing(expected, {}, Offset(5)),
            (OffsetRanges{range(5, 10), range(20, 30), range(40, 50)}));
  EXPECT_EQ(missing(expected, {range(2, 4), range(9, 25), range(28, 60)}, Offset(1)),
            (OffsetRanges{range(1, 2), range(4, 9), range(25, 28)}));
  EXPECT_EQ(missing(expected, {range(0, 100)}, Offset(0)), OffsetRanges{});
  EXPECT_EQ(missing(expected, {range(10, 20), range(30, 40)}, Offset(45)),
            OffsetRanges{range(45, 50)});
}

}  // namespace
}  // namespace koine::journal
