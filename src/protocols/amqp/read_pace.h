// ReadPace: when the socket of somebody who publishes without a pause is read again. A read for each packet, with its commit,
// costs what a hundred small messages do. So they are left in the socket for a moment:
//
//   packets   |  |  |  |  |  |  |  |  |  |            one every few microseconds
//   reads     ^        ^        ^        ^            one every read_interval; with confirms: when all is durable
//
// and taken whole then, a turn of many reads for one batch. Who pauses between messages is read from at once, and so is who
// sends more than is worth waiting for. One for each Session.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/units.h"

namespace koine::amqp {

// Hundreds of messages of a fast publisher; little beside what a commit takes on many disks. In a longer one, small messages fill
// the socket's buffer: the packet of each takes far more of it than its bytes.
inline constexpr Duration read_interval = std::chrono::milliseconds(2);
// Who publishes with confirms may go on only when they come; but what else it says is heard by then.
inline constexpr Duration confirmed_read_interval = std::chrono::milliseconds(10);
// Who lets us wait longer is not in the middle of something.
inline constexpr Duration pause_min = std::chrono::milliseconds(2);
// A read of so many bytes is worth its wake-up.
inline constexpr std::size_t worthwhile_read_bytes = 32 * KiB;
// One batch: a commit of this size costs little more than what it writes, and other connections have their turn.
inline constexpr std::size_t turn_bytes_max = 512 * KiB;

class ReadPace {
 public:
  // Of the peer, for the bytes of the turn that begins now.
  void waited(Duration duration) { pauses_ = duration > pause_min; }

  // After a turn: when the next one is due. In the past: now.
  MonotonicTime next_turn(MonotonicTime now, std::size_t last_read_bytes,
                          bool hears_confirms) const {
    if (pauses_ || last_read_bytes >= worthwhile_read_bytes) return now;
    return now + (hears_confirms ? confirmed_read_interval : read_interval);
  }

 private:
  bool pauses_ = true;
};

}  // namespace koine::amqp
