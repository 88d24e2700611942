// WaitAny: waits for the first of several signals, or a deadline, and leaves the others without a trace.
//
//   Wake wake = co_await WaitAny(signals, deadline);
//
// One shard; the signals outlive the wait. As with one Signal, a wake says "look again".
#pragma once

#include <coroutine>
#include <list>
#include <span>

#include "base/units.h"
#include "runtime/signal.h"

namespace koine::runtime {

class [[nodiscard]] WaitAny {
 public:
  // At least one signal.
  WaitAny(std::span<Signal* const> signals, MonotonicTime deadline) {
    for (Signal* signal : signals) {
      // One timer is enough for all of them.
      waits_.emplace_back(*signal, waits_.empty() ? deadline : never);
    }
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    for (Signal::Wait& wait : waits_) wait.await_suspend(awaiting);
  }
  Wake await_resume() {
    const Wake wake = waits_.front().await_resume();
    // A second signal that is on its way must not resume what has gone on.
    waits_.clear();
    return wake;
  }

 private:
  std::list<Signal::Wait> waits_;
};

}  // namespace koine::runtime
