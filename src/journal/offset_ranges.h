// OffsetRanges: sets of a log's offsets, as ranges. What inspect compares: what should be there with what is.
#pragma once

#include <vector>

#include "base/ids.h"

namespace koine::journal {

// Offsets from `first` up to, but not including, `end`.
struct OffsetRange {
  Offset first{0};
  Offset end{0};
  bool operator==(const OffsetRange&) const = default;
};

using OffsetRanges = std::vector<OffsetRange>;

// Appends the range, or makes the last one longer that it continues.
void add(OffsetRanges& ranges, OffsetRange range);

// The same offsets in ascending ranges that neither meet nor overlap; empty ones are left out.
OffsetRanges in_order(OffsetRanges ranges);

// What is in `expected` from `start` on and not in `found`; both in order.
OffsetRanges missing(const OffsetRanges& expected, const OffsetRanges& found, Offset start);

}  // namespace koine::journal
