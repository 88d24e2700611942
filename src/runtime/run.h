// run_until_done: runs a reactor until one task has ended and gives its result; for tests and for the start of
// programs, where nothing else runs the loop.
#pragma once

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/task.h"
#include "io/reactor.h"
#include "runtime/gate.h"

namespace koine::runtime {

namespace detail {

template <typename T>
Task<void> keep_and_stop(io::Reactor& reactor, Task<T> task, std::optional<T>& value) {
  {
    const Task<T> owned = std::move(task);
    value.emplace(co_await owned);
  }
  reactor.stop();
}

inline Task<bool> as_value(Task<void> task) {
  co_await task;
  co_return true;
}

}  // namespace detail

// The task runs on the reactor's loop, from its first step. A reactor whose run() ends before the task (somebody
// else's stop(), or a simulated reactor with nothing left to do) is a bug of the caller.
template <typename T>
T run_until_done(io::Reactor& reactor, Task<T> task) {
  Gate gate;
  std::optional<T> value;
  reactor.post([&] { gate.spawn(detail::keep_and_stop<T>(reactor, std::move(task), value)); });
  reactor.run();
  CHECK(value.has_value());
  return std::move(*value);
}

inline void run_until_done(io::Reactor& reactor, Task<void> task) {
  run_until_done<bool>(reactor, detail::as_value(std::move(task)));
}

}  // namespace koine::runtime
