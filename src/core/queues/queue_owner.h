// QueueOwner: the live queues of one shard, as the engine sees them: it tells them what the catalog says, and asks them
// before it deletes one. Called on the shard of the queues' logs, never re-entered.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "core/queues/queue_client.h"
#include "core/queues/queue_spec.h"

namespace koine::core {

class QueueOwner {
 public:
  QueueOwner() = default;
  QueueOwner(const QueueOwner&) = delete;
  QueueOwner& operator=(const QueueOwner&) = delete;
  virtual ~QueueOwner() = default;

  // The queue exists: declared just now and durable, or found when the engine opened.
  virtual void opened(const QueuePtr& queue) = 0;
  // It is gone from the catalog. Its logs are dropped after this returns: nobody may use them any more.
  virtual void removed(const QueueInfo& queue) = 0;

  // How many messages are ready, if the condition holds; from then on until removed() or abort_delete() nothing is
  // added to it and nobody subscribes. Errors: conflict (in use, not empty: the sentence says which).
  virtual Result<std::uint64_t> begin_delete(const QueueInfo& queue,
                                             QueueClient::DeleteCondition condition) = 0;
  virtual void abort_delete(const QueueInfo& queue) = 0;
};

}  // namespace koine::core
