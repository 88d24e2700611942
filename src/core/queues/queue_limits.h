// The limits of what a Queue does at once, with their reasons.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/units.h"

namespace koine::core {

// A setting in milliseconds; longer than a century is a century, which no clock here overflows.
constexpr Duration duration_of(std::int64_t milliseconds) {
  constexpr std::int64_t century_ms = 100LL * 365 * 24 * 3600 * 1000;
  return std::chrono::milliseconds(milliseconds < century_ms ? milliseconds : century_ms);
}

// A turn of delivery: short enough that others on the shard do not notice, long enough that a turn's own cost vanishes.
inline constexpr Duration turn_duration_max = std::chrono::milliseconds(1);
inline constexpr int turn_messages_max = 4096;
// The clock is asked once for so many messages: it costs a tenth of a delivery.
inline constexpr int messages_per_clock = 64;

// Messages from the head (expired, over the limits) that are on their way to the dead letter exchange: then the
// head waits. What was rejected comes on top, bounded by what was leased.
inline constexpr std::size_t dead_max = 1024;
// One commit's worth of them.
inline constexpr std::size_t dead_batch_max = 256;
inline constexpr std::size_t dead_batch_bytes_max = MiB;
// Refused by a full queue and on their way to the dead letter exchange.
inline constexpr std::size_t refused_bytes_max = MiB;

// After a disk that was full or gave an error, and for a deletion that was not done.
inline constexpr Duration retry_interval = std::chrono::seconds(1);
// Timers for wall clock times look again at least this often: the wall clock may jump.
inline constexpr std::int64_t wall_timer_max_ms = 60'000;

// What one peek gives at most.
inline constexpr std::uint32_t peek_messages_max = 10'000;
inline constexpr std::size_t peek_bytes_max = 16 * MiB;

// Messages on their way to a consumer on another shard, or there without the sink's room: bytes, each message counted
// with its head.
inline constexpr std::size_t link_window_bytes = 64 * KiB;
inline constexpr std::size_t link_batch_bytes = 16 * KiB;

}  // namespace koine::core
