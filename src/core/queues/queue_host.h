// QueueHost: what a Queue needs of its shard: time, a gate for its tasks, the way out for dead messages, its own deletion.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/queues/dead_letter.h"
#include "core/queues/queue_spec.h"
#include "io/reactor.h"
#include "runtime/gate.h"

namespace koine::core {

class QueueHost {
 public:
  QueueHost() = default;
  QueueHost(const QueueHost&) = delete;
  QueueHost& operator=(const QueueHost&) = delete;
  virtual ~QueueHost() = default;

  virtual io::Reactor& reactor() = 0;
  // Closed before the queues and their stores die.
  virtual runtime::Gate& tasks() = 0;

  // Gives each letter its new places and settles it in its old one: on this shard in one commit (of many, a few
  // at a time), elsewhere the new place first. Durable when it returns. On an error the first of them have moved, the others
  // are where they were, and elsewhere there may be copies.
  virtual Task<Result<>> move_dead(QueuePtr from, std::vector<DeadLetter> letters) = 0;

  // Nobody uses it any more (auto-delete, expires). Soon; also tells the queue, by Queue::end().
  virtual void delete_unused(QueuePtr queue) = 0;
  // A sentence for the operator.
  virtual void notice(std::string sentence) = 0;
};

}  // namespace koine::core
