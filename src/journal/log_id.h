// How a LogId is made: the shard that owns the log, then a number that its journal never gives out twice.
//
//   63      48 47                                0
//   [ shard   | number, 0 is no log               ]
//
// Numbers below `first_dynamic_log` are fixed: the state logs that exist on every shard.
#pragma once

#include "base/ids.h"

namespace koine::journal {

inline constexpr std::uint64_t first_dynamic_log = 1024;

constexpr LogId make_log_id(ShardId shard, std::uint64_t number) {
  return LogId((static_cast<std::uint64_t>(shard.value()) << 48U) | number);
}

constexpr ShardId shard_of(LogId log) {
  return ShardId(static_cast<std::uint16_t>(log.value() >> 48U));
}

constexpr std::uint64_t number_of(LogId log) { return log.value() & ((1ULL << 48U) - 1); }

}  // namespace koine::journal
