// Delay: `co_await Delay(reactor, when)` waits on the shard until a time. A task that is dropped meanwhile takes
// its timer with it. Waits that must end early use runtime/signal.h.
#pragma once

#include <coroutine>

#include "base/units.h"
#include "io/reactor.h"

namespace koine::io {

class [[nodiscard]] Delay {
 public:
  Delay(Reactor& reactor, MonotonicTime until) : reactor_(reactor), until_(until) {}
  Delay(const Delay&) = delete;
  Delay& operator=(const Delay&) = delete;
  ~Delay() { reactor_.cancel(timer_); }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    timer_ = reactor_.call_at(until_, [this, awaiting] {
      timer_ = TimerId::none;
      awaiting.resume();
    });
  }
  void await_resume() const noexcept {}

 private:
  Reactor& reactor_;
  MonotonicTime until_;
  TimerId timer_ = TimerId::none;
};

}  // namespace koine::io
