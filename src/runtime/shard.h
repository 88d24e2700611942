// Shard: one event loop and what runs on it. Every log, group and connection belongs to exactly one shard;
// nothing is shared and locked: shards call each other with `call_on`.
//
//   shard 0                          shard 1
//   co_await call_on(one, f)  ---->  f() runs there, to its end
//   ... resumes here          <----  its result comes back
//
// Calls from one shard to another start in the order in which they were made, which is what keeps a
// producer's pipelined batches in order across shards.
#pragma once

#include <concepts>
#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/ids.h"
#include "base/task.h"
#include "base/units.h"
#include "io/reactor.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::runtime {

class Shard {
 public:
  Shard(ShardId id, io::Reactor& reactor) : id_(id), reactor_(reactor), sleepers_(reactor) {}

  ShardId id() const { return id_; }
  io::Reactor& reactor() const { return reactor_; }
  MonotonicTime now() const { return reactor_.now(); }
  WallTimeMs wall_clock_ms() const { return reactor_.wall_clock_ms(); }

  // Tasks that end on their own when the server stops serving; closed at shutdown.
  Gate& gate() { return gate_; }

  // Wakes early, with Wake::notified, when wake_sleepers() is called at shutdown.
  Signal::Wait sleep_until(MonotonicTime when) { return sleepers_.wait(when); }
  Signal::Wait sleep_for(Duration duration) { return sleepers_.wait(now() + duration); }
  void wake_sleepers() { sleepers_.notify_all(); }

 private:
  ShardId id_;
  io::Reactor& reactor_;
  Signal sleepers_;
  Gate gate_;
};

namespace detail {

// A coroutine that starts at once, owns itself and frees its frame at the end.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

// In no gate of the other shard: the caller's own gate waits for it, through the call.
template <typename T>
struct RemoteCall {
  Shard& from;
  Shard& to;
  std::move_only_function<Task<T>()> function;
  std::optional<T> result;
  std::coroutine_handle<> awaiting;

  static Detached run(RemoteCall* call) {
    {
      const Task<T> task = call->function();
      call->result.emplace(co_await task);
    }
    // The call may be gone as soon as this is posted.
    call->from.reactor().post([call] { call->awaiting.resume(); });
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    awaiting = handle;
    to.reactor().post([this] { run(this); });
  }
  T await_resume() { return std::move(*result); }
};

}  // namespace detail

// Runs `function`, which returns a Task<T>, on shard `to` and gives its result here, on shard `from`; on the
// same shard it is a plain call. The function object lives until the result is there.
template <typename T, typename F>
  requires std::same_as<std::invoke_result_t<F>, Task<T>>
// Shards outlive all tasks.
Task<T> call_on(Shard& from, Shard& to, F function) {
  if (&from == &to) {
    const Task<T> task = function();
    co_return co_await task;
  }
  detail::RemoteCall<T> call{from, to, std::move(function), std::nullopt, nullptr};
  co_return co_await call;
}

}  // namespace koine::runtime
