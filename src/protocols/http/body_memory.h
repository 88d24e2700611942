// BodyMemory: a request's part of its shard's budget for bodies that are being received. When nothing is left a request waits, and
// one at a time goes on beyond the budget, so that those who hold parts do not wait for each other for ever. Gives everything back
// when it dies.
#pragma once

#include <cstddef>

#include "base/task.h"
#include "runtime/semaphore.h"

namespace koine::http {

struct BodyBudget {
  BodyBudget(io::Reactor& reactor, std::size_t bytes)
      : memory(reactor, bytes), beyond(reactor, 1) {}
  runtime::Semaphore memory;  // bytes
  runtime::Semaphore beyond;  // the one request that may take more
};

class BodyMemory {
 public:
  explicit BodyMemory(BodyBudget& budget) : budget_(budget) {}

  // Holds so many bytes in all from now on, if that does not need a wait; by doubling, so that it is rarely asked.
  bool try_hold(std::size_t bytes);
  // The owner lives until this has returned.
  Task<void> hold(std::size_t bytes);

 private:
  // What is small is not counted.
  static constexpr std::size_t uncounted_bytes = 16 * 1024;

  BodyBudget& budget_;
  std::size_t held_ = uncounted_bytes;
  runtime::Units units_;
  runtime::Units beyond_;
};

}  // namespace koine::http
