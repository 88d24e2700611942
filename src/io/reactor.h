// Reactor: one shard's event loop and its clock; with it, callbacks and timers run one at a time, on one thread.
//
// Two implementations: `io/real` (Boost.Asio on epoll) and `io/sim` (one deterministic queue for all
// simulated shards, whose clock jumps to the next timer). Everything above io/ learns the time and
// waits only through this interface, so that the simulator decides both.
#pragma once

#include <cstdint>
#include <functional>

#include "base/units.h"

namespace koine::io {

using Callback = std::move_only_function<void()>;

// Never used twice by a reactor; 0 is no timer.
enum class TimerId : std::uint64_t { none = 0 };

class Reactor {
 public:
  Reactor() = default;
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  virtual ~Reactor() = default;

  // From any thread: runs the callback on the loop, in the order of the calls from one thread.
  virtual void post(Callback callback) = 0;

  // From the loop's thread only: runs the callback at or after the time, unless it is cancelled before.
  virtual TimerId call_at(MonotonicTime when, Callback callback) = 0;
  virtual void cancel(TimerId timer) = 0;

  virtual MonotonicTime now() const = 0;
  virtual WallTimeMs wall_clock_ms() const = 0;

  // Runs until stop(); stop() may be called from any thread.
  virtual void run() = 0;
  virtual void stop() = 0;
};

}  // namespace koine::io
