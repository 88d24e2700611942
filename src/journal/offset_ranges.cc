#include "journal/offset_ranges.h"

#include <algorithm>

namespace koine::journal {

void add(OffsetRanges& ranges, OffsetRange range) {
  if (!ranges.empty() && ranges.back().end == range.first)
    ranges.back().end = range.end;
  else
    ranges.push_back(range);
}

OffsetRanges in_order(OffsetRanges ranges) {
  std::ranges::sort(ranges, {}, &OffsetRange::first);
  OffsetRanges joined;
  for (const OffsetRange& range : ranges) {
    if (range.first >= range.end) continue;
    if (!joined.empty() && range.first <= joined.back().end)
      joined.back().end = std::max(joined.back().end, range.end);
    else
      joined.push_back(range);
  }
  return joined;
}

OffsetRanges missing(const OffsetRanges& expected, const OffsetRanges& found, Offset start) {
  OffsetRanges lost;
  auto next = found.begin();
  for (const OffsetRange& range : expected) {
    Offset at = std::max(range.first, start);
    while (next != found.end() && next->end <= at) ++next;
    for (auto here = next; here != found.end() && here->first < range.end; ++here) {
      if (here->first > at) lost.push_back({at, here->first});
      at = std::max(at, here->end);
    }
    if (at < range.end) lost.push_back({at, range.end});
  }
  return lost;
}

}  // namespace koine::journal
