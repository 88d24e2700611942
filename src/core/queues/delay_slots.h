// Delay slots: where a delayed message waits. A shard has 256 of them, each a log with the messages that are due in one span of
// time, which is short for the near ones and long for the far ones:
//
//   tier   slots        each spans   reaches
//   0      0 to 79      1.024 s      80 s
//   1      80 to 159    65.5 s       87 min
//   2      160 to 239   70 min       3.9 days
//   3      240 to 255   3.1 days     49.7 days
//
// A message is put into the lowest tier that reaches its time. A slot opens some time before its span begins, so that
// moving what it has to the tier below is over by then; one of tier 0 a span ahead, to be read. The slots of a tier are used
// in a circle: what is still in one when its turn comes again has its time with it, and waits beside the new ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/units.h"

namespace koine::core {

struct DelayTier {
  std::uint8_t first = 0;  // slot
  std::uint8_t count = 0;
  unsigned shift = 0;  // a span is 1 << shift milliseconds
};

inline constexpr std::array<DelayTier, 4> delay_tiers{{{.first = 0, .count = 80, .shift = 10},
                                                       {.first = 80, .count = 80, .shift = 16},
                                                       {.first = 160, .count = 80, .shift = 22},
                                                       {.first = 240, .count = 16, .shift = 28}}};
inline constexpr std::size_t delay_slot_count = 256;

constexpr const DelayTier& tier_of(std::uint8_t slot) {
  std::size_t tier = delay_tiers.size() - 1;
  while (delay_tiers[tier].first > slot) --tier;
  return delay_tiers[tier];
}

// Of a message that is not due yet.
constexpr std::uint8_t delay_slot_for(WallTimeMs due_ms, WallTimeMs now_ms) {
  const DelayTier* tier = delay_tiers.begin();
  while (tier != &delay_tiers.back() &&
         (due_ms >> tier->shift) - (now_ms >> tier->shift) >= tier->count) {
    ++tier;
  }
  return static_cast<std::uint8_t>(tier->first + (due_ms >> tier->shift) % tier->count);
}

// When the slot opens if its first message is due then.
constexpr WallTimeMs slot_opens_ms(std::uint8_t slot, WallTimeMs due_ms) {
  constexpr std::int64_t lead =
      16;  // spans of the tier below: more than it has beyond one of its own
  const DelayTier& tier = tier_of(slot);
  const WallTimeMs begin_ms = due_ms >> tier.shift << tier.shift;
  if (tier.first == 0) return begin_ms - (1LL << tier.shift);
  return begin_ms - (lead << (&tier - 1)->shift);
}

constexpr WallTimeMs slot_ends_ms(std::uint8_t slot, WallTimeMs due_ms) {
  const DelayTier& tier = tier_of(slot);
  return ((due_ms >> tier.shift) + 1) << tier.shift;
}

}  // namespace koine::core
