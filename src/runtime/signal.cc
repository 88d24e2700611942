#include "runtime/signal.h"

#include <memory>
#include <utility>

#include "base/check.h"

namespace koine::runtime {

Signal::~Signal() { CHECK(first_ == nullptr); }

void Signal::Wait::await_suspend(std::coroutine_handle<> awaiting) {
  awaiting_ = awaiting;
  previous_ = signal_.last_;
  (previous_ != nullptr ? previous_->next_ : signal_.first_) = this;
  signal_.last_ = this;
  linked_ = true;
  if (deadline_ == never) return;
  timer_ = signal_.reactor_.call_at(deadline_, [this] {
    timer_ = io::TimerId::none;
    unlink();
    wake_ = Wake::timed_out;
    awaiting_.resume();
  });
}

Signal::Wait::~Wait() {
  unlink();
  if (timer_ != io::TimerId::none) signal_.reactor_.cancel(timer_);
  if (dropped_ != nullptr) *dropped_ = true;
}

void Signal::Wait::unlink() {
  if (!linked_) return;
  (previous_ != nullptr ? previous_->next_ : signal_.first_) = next_;
  (next_ != nullptr ? next_->previous_ : signal_.last_) = previous_;
  previous_ = nullptr;
  next_ = nullptr;
  linked_ = false;
}

void Signal::Wait::resume_later(Wake wake) {
  unlink();
  wake_ = wake;
  if (timer_ != io::TimerId::none) {
    signal_.reactor_.cancel(timer_);
    timer_ = io::TimerId::none;
  }
  auto dropped = std::make_unique<bool>(false);
  dropped_ = dropped.get();
  signal_.reactor_.post([this, dropped = std::move(dropped)] {
    if (*dropped) return;
    dropped_ = nullptr;
    awaiting_.resume();
  });
}

void Signal::notify_all() {
  while (first_ != nullptr) first_->resume_later(Wake::notified);
}

}  // namespace koine::runtime
