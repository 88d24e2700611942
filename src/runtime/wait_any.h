// WaitAny: waits for the first of several signals, or a deadline, and leaves the others without a trace.
//
//   Wake wake = co_await WaitAny(signals, deadline);
//
// One shard; the signals outlive the wait. As with one Signal, a wake says "look again".
#pragma once

#include <coroutine>
#include <cstddef>
#include <list>
#include <optional>
#include <span>

#include "base/units.h"
#include "runtime/signal.h"

namespace koine::runtime {

class [[nodiscard]] WaitAny {
 public:
  // At least one signal.
  WaitAny(std::span<Signal* const> signals, MonotonicTime deadline) {
    // One timer is enough for all of them.
    first_.emplace(*signals.front(), deadline);
    if (signals.size() > 1) second_.emplace(*signals[1], never);
    for (std::size_t n = 2; n < signals.size(); ++n) others_.emplace_back(*signals[n], never);
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    first_->await_suspend(awaiting);
    if (second_) second_->await_suspend(awaiting);
    for (Signal::Wait& wait : others_) wait.await_suspend(awaiting);
  }
  Wake await_resume() {
    const Wake wake = first_->await_resume();
    // A second signal that is on its way must not resume what has gone on.
    first_.reset();
    second_.reset();
    others_.clear();
    return wake;
  }

 private:
  // Two without memory of their own: that many most have.
  std::optional<Signal::Wait> first_;
  std::optional<Signal::Wait> second_;
  std::list<Signal::Wait> others_;
};

}  // namespace koine::runtime
