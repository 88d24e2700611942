// Signal: tasks wait here until somebody says that something changed, or until a deadline.
//
//   while (!ready()) {
//     if (co_await signal.wait(deadline) == Wake::timed_out) break;
//   }
//
// One shard. notify_all() wakes those who wait now, through the event loop: they run after the caller's turn, so a
// notifier is never re-entered. A wake says "look again", not what happened.
#pragma once

#include <coroutine>
#include <cstdint>

#include "base/units.h"
#include "io/reactor.h"

namespace koine::runtime {

enum class Wake : std::uint8_t { notified, timed_out };

class Signal {
 public:
  explicit Signal(io::Reactor& reactor) : reactor_(reactor) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal();

  class [[nodiscard]] Wait {
   public:
    Wait(Signal& signal, MonotonicTime deadline) : signal_(signal), deadline_(deadline) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    // A task that is dropped while it waits leaves the list.
    ~Wait();

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting);
    Wake await_resume() const noexcept { return wake_; }

   private:
    friend class Signal;
    void unlink();
    void resume_later(Wake wake);

    Signal& signal_;
    MonotonicTime deadline_;
    std::coroutine_handle<> awaiting_;
    io::TimerId timer_ = io::TimerId::none;
    Wake wake_ = Wake::notified;
    bool* dropped_ = nullptr;  // set while a resumption is on its way through the loop
    Wait* previous_ = nullptr;
    Wait* next_ = nullptr;
    bool linked_ = false;
  };

  Wait wait(MonotonicTime deadline = never) { return Wait(*this, deadline); }
  void notify_all();
  bool has_waiters() const { return first_ != nullptr; }

 private:
  io::Reactor& reactor_;
  Wait* first_ = nullptr;
  Wait* last_ = nullptr;
};

}  // namespace koine::runtime
