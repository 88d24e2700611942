// InboundMemory: a connection's part of its shard's budget for what is being received: frames too large for the scratch
// memory, and messages of several frames. When nothing is left a connection waits, and one at a time goes on beyond the
// budget, so that those who hold parts do not wait for each other for ever. Owned by a Session.
#pragma once

#include <cstddef>

#include "base/task.h"
#include "runtime/semaphore.h"

namespace koine::amqp {

struct InboundBudget {
  InboundBudget(io::Reactor& reactor, std::size_t bytes)
      : memory(reactor, bytes), beyond(reactor, 1) {}
  runtime::Semaphore memory;  // bytes
  runtime::Semaphore beyond;  // the one connection that may take more
};

class InboundMemory {
 public:
  explicit InboundMemory(InboundBudget& budget) : budget_(budget) {}

  // Holds so many bytes more, if that does not need a wait.
  bool try_take(std::size_t bytes);
  Task<void> take(std::size_t bytes);
  void give_back(std::size_t bytes);

 private:
  InboundBudget& budget_;
  std::size_t held_ = 0;
  runtime::Units units_;  // at most held_
  runtime::Units beyond_;
};

}  // namespace koine::amqp
