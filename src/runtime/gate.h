// Gate: the owner of every task that runs without being awaited. Closed before the things that its tasks use die.
//
//   gate.spawn(session.run());            // starts at once, on this shard
//   co_await gate.close();                // no new ones; returns when the last has ended
//
// One shard. A Gate that still has tasks must not be destroyed.
#pragma once

#include <coroutine>
#include <cstddef>

#include "base/check.h"
#include "base/task.h"

namespace koine::runtime {

class Gate {
 public:
  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() { CHECK(running_ == 0); }

  // Runs the task up to its first wait before returning. A task given to a closed gate is dropped unstarted.
  void spawn(Task<void> task);

  // Refuses new tasks and waits for the running ones. Call once.
  Task<void> close();

  bool is_closed() const { return closed_; }
  std::size_t running() const { return running_; }

 private:
  struct Detached;
  Detached run(Task<void> task);
  void leave();

  std::size_t running_ = 0;
  bool closed_ = false;
  std::coroutine_handle<> closer_;
};

}  // namespace koine::runtime
