// ReadPace: when the socket of somebody who publishes without a pause is read again. A read for each packet, with its commit,
// costs what a hundred small messages do. So they are left in the socket for a moment:
//
//   packets   |  |  |  |  |  |  |  |  |  |            one every few microseconds
//   reads     ^        ^        ^        ^            one every read_interval
//
// With confirms the moment ends when all is durable. Who pauses between messages is read from at once, and so is who sends
// more than is worth waiting for. One for each Session.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/units.h"

namespace koine::amqp {

// A hundred messages and more of a fast publisher; little beside what a commit takes on many disks.
inline constexpr Duration read_interval = std::chrono::milliseconds(1);
// A read of so many bytes is worth its wake-up.
inline constexpr std::size_t worthwhile_read_bytes = 32 * KiB;

class ReadPace {
 public:
  // After each read: when the next one is due. In the past: now.
  MonotonicTime next_read(MonotonicTime now, std::size_t bytes_read) {
    const bool pauses = now - last_read_ > 2 * read_interval;
    last_read_ = now;
    return pauses || bytes_read >= worthwhile_read_bytes ? now : now + read_interval;
  }

 private:
  MonotonicTime last_read_;
};

}  // namespace koine::amqp
