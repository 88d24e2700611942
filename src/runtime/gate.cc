#include "runtime/gate.h"

#include <utility>

namespace koine::runtime {

// A coroutine that starts at once, owns itself and frees its frame at the end.
struct Gate::Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

Gate::Detached Gate::run(Task<void> task) {
  {
    const Task<void> owned = std::move(task);
    co_await owned;
  }
  leave();
}

void Gate::spawn(Task<void> task) {
  if (closed_) return;
  ++running_;
  run(std::move(task));
}

void Gate::leave() {
  CHECK(running_ > 0);
  --running_;
  if (running_ == 0 && closer_) std::exchange(closer_, nullptr).resume();
}

Task<void> Gate::close() {
  struct LastLeft {
    Gate& gate;
    bool await_ready() const noexcept { return gate.running_ == 0; }
    void await_suspend(std::coroutine_handle<> awaiting) const noexcept { gate.closer_ = awaiting; }
    void await_resume() const noexcept {}
  };
  CHECK(!closer_);
  closed_ = true;
  co_await LastLeft{*this};
}

}  // namespace koine::runtime
