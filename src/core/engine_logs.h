// What the logs of a shard's journal are, told by their numbers (journal/log_id.h).
//
//   1 to 1023            state logs, on every shard
//   from 1024 on         partitions of topics
//   2^47 + 1024 on       messages of queues: the same sequence of numbers, with the highest bit set
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "journal/log_id.h"

namespace koine::core {

// Stored on disk: never changed, never used for something else. The first two are used on shard 0 only.
enum class StateLogNumber : std::uint64_t {
  catalog = 1,
  producer_ids = 2,
  groups = 3,
  queues = 4,
  idempotency = 5
};

constexpr LogId state_log_id(ShardId shard, StateLogNumber number) {
  return journal::make_log_id(shard, static_cast<std::uint64_t>(number));
}

inline constexpr std::uint64_t queue_log_bit = 1ULL << 47U;

constexpr bool is_queue_log(LogId log) { return (log.value() & queue_log_bit) != 0; }

// The shard's sequence from which both partitions and queues take their numbers.
constexpr std::uint64_t sequence_of(LogId log) { return journal::number_of(log) & ~queue_log_bit; }
constexpr LogId partition_log_id(ShardId shard, std::uint64_t sequence) {
  return journal::make_log_id(shard, sequence);
}
constexpr LogId queue_log_id(ShardId shard, std::uint64_t sequence) {
  return journal::make_log_id(shard, sequence | queue_log_bit);
}

// A name among those of queues for a topic that somebody reads as a stream; no log has it.
inline constexpr std::uint64_t stream_bit = 1ULL << 46U;
constexpr LogId stream_id(ShardId shard, std::uint64_t number) {
  return journal::make_log_id(shard, queue_log_bit | stream_bit | number);
}

// The slots of a shard's DelayedQueue (core/queues/delay_slots.h): numbers that no queue gets.
inline constexpr std::uint64_t first_delayed_sequence = 512;
constexpr LogId delayed_log_id(ShardId shard, std::uint8_t slot) {
  return queue_log_id(shard, first_delayed_sequence + slot);
}
constexpr bool is_delayed_log(LogId log) {
  return is_queue_log(log) && sequence_of(log) < journal::first_dynamic_log;
}

}  // namespace koine::core
