// The state logs that every shard's journal has, by number (journal/log_id.h), and whose the other logs are.
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "journal/log_id.h"

namespace koine::core {

// Stored on disk: never changed, never used for something else. The first two are used on shard 0 only.
enum class StateLogNumber : std::uint64_t { catalog = 1, producer_ids = 2, groups = 3, queues = 4 };

constexpr LogId state_log_id(ShardId shard, StateLogNumber number) {
  return journal::make_log_id(shard, static_cast<std::uint64_t>(number));
}

// Queues' logs are told from partitions' by a bit of their number.
inline constexpr std::uint64_t queue_log_bit = 1ULL << 46U;

constexpr bool is_queue_log(LogId log) { return (journal::number_of(log) & queue_log_bit) != 0; }

}  // namespace koine::core
