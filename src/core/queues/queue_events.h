// QueueEvents: what the storage of a queue tells and asks the one who delivers its messages (Queue). Called on the queue's
// shard, from inside of appending and committing: must not call publish() or wait.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/queues/message.h"

namespace koine::core {

class QueueEvents {
 public:
  QueueEvents() = default;
  QueueEvents(const QueueEvents&) = delete;
  QueueEvents& operator=(const QueueEvents&) = delete;
  virtual ~QueueEvents() = default;

  // More messages of the level became durable.
  virtual void on_stored(std::uint8_t level) = 0;

  // Whether one more message with such a body fits into the limits of a queue that rejects what does not
  // (Overflow::reject_publish, reject_publish_dead_letter); others are not asked. `waiting` messages and bytes of bodies have
  // their place in the journal and are not durable yet.
  virtual bool accepts(std::size_t body_size, std::uint64_t waiting,
                       std::uint64_t waiting_bytes) const = 0;
  // accepts() refused it. The views end with the call.
  virtual void refused(const MessageView& message) = 0;
};

}  // namespace koine::core
