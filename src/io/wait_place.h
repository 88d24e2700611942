// WaitPlace: a place at which one coroutine of a shard waits until it is resumed; the primitive under every wait
// in io/. Safe against both ends: a task that is dropped while it waits leaves the place.
//
// The place must outlive the wait; streams therefore keep theirs in a state that is shared with the waiting task.
// A resumption says "look again".
#pragma once

#include <coroutine>
#include <utility>

#include "base/check.h"

namespace koine::io {

class WaitPlace {
 public:
  WaitPlace() = default;
  WaitPlace(const WaitPlace&) = delete;
  WaitPlace& operator=(const WaitPlace&) = delete;
  ~WaitPlace() { CHECK(waiting_ == nullptr); }

  class [[nodiscard]] Wait {
   public:
    explicit Wait(WaitPlace& place) : place_(place) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() {
      if (place_.waiting_ == this) place_.waiting_ = nullptr;
    }

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) noexcept {
      CHECK(place_.waiting_ == nullptr);
      awaiting_ = awaiting;
      place_.waiting_ = this;
    }
    void await_resume() const noexcept {}

   private:
    friend class WaitPlace;
    WaitPlace& place_;
    std::coroutine_handle<> awaiting_;
  };

  Wait wait() { return Wait(*this); }
  bool has_waiter() const { return waiting_ != nullptr; }

  // Runs the waiting coroutine, if there is one, before it returns; the place may be gone afterwards.
  void resume() {
    if (waiting_ != nullptr) std::exchange(waiting_, nullptr)->awaiting_.resume();
  }

 private:
  Wait* waiting_ = nullptr;
};

}  // namespace koine::io
