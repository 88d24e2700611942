// Positions of messages in a queue, and what a consumer says of those that it was given.
#pragma once

#include <compare>
#include <cstdint>

#include "base/ids.h"

namespace koine::core {

// Where a message is: the log of its priority (QueueInfo::logs) and the offset there. Smaller: older, in one level.
struct QueuePosition {
  std::uint8_t level = 0;
  Offset offset;
  auto operator<=>(const QueuePosition&) const = default;
};

struct Settlement {
  enum class Kind : std::uint8_t {
    ack,      // done: never delivered again once the commit with it is durable
    requeue,  // back to where it was, marked redelivered
    requeue_failed,  // the same, and counted against the queue's delivery limit: its consumer died or rejected it
    dead_letter,  // refused: to the dead letter exchange, or gone if there is none
  };
  QueuePosition position;
  Kind kind = Kind::ack;
};

}  // namespace koine::core
