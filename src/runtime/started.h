// Started<T>: a task that runs now and is awaited later; how a session works on several requests at once and
// answers in their order.
//
//   Started<Response> response = start(gate, handle(request));    // ran up to its first wait
//   ... start others ...
//   Response first = co_await response.result();
//
// One shard. The gate owns the running task; the result may be dropped unawaited.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/task.h"
#include "runtime/gate.h"

namespace koine::runtime {

template <typename T>
class Started {
 public:
  struct State {
    std::optional<T> value;
    std::coroutine_handle<> waiting;
  };

  explicit Started(std::shared_ptr<State> state) : state_(std::move(state)) {}

  bool is_ready() const { return state_->value.has_value(); }

  struct Awaiter {
    std::shared_ptr<State> state;
    bool await_ready() const noexcept { return state->value.has_value(); }
    void await_suspend(std::coroutine_handle<> awaiting) const noexcept {
      CHECK(!state->waiting);
      state->waiting = awaiting;
    }
    T await_resume() const { return std::move(*state->value); }
  };

  // Await once.
  Awaiter result() const { return Awaiter{state_}; }

 private:
  std::shared_ptr<State> state_;
};

namespace detail {

template <typename T>
Task<void> run_into(std::shared_ptr<typename Started<T>::State> state, Task<T> task) {
  {
    const Task<T> owned = std::move(task);
    state->value.emplace(co_await owned);
  }
  if (state->waiting) std::exchange(state->waiting, nullptr).resume();
}

}  // namespace detail

// The gate must be open: the task of a closed gate would never end.
template <typename T>
Started<T> start(Gate& gate, Task<T> task) {
  CHECK(!gate.is_closed());
  auto state = std::make_shared<typename Started<T>::State>();
  gate.spawn(detail::run_into<T>(state, std::move(task)));
  return Started<T>(std::move(state));
}

}  // namespace koine::runtime
