#include "protocols/http/watchdog.h"

#include <utility>

namespace koine::http {

Watchdog::~Watchdog() {
  if (timer_ != io::TimerId::none) reactor_.cancel(timer_);
}

void Watchdog::expect(MonotonicTime deadline, std::string_view reason) {
  deadline_ = deadline;
  reason_ = reason;
  if (deadline < timer_at_) arm();
}

void Watchdog::arm() {
  if (timer_ != io::TimerId::none) reactor_.cancel(timer_);
  timer_at_ = deadline_;
  timer_ = reactor_.call_at(timer_at_, [this] { fire(); });
}

void Watchdog::fire() {
  timer_ = io::TimerId::none;
  timer_at_ = never;
  if (deadline_ == never) return;
  if (reactor_.now() < deadline_) return arm();
  deadline_ = never;
  on_expired_(reason_);
}

}  // namespace koine::http
