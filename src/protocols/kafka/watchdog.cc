#include "protocols/kafka/watchdog.h"

#include <algorithm>
#include <utility>

namespace koine::kafka {

Watchdog::Watchdog(io::Reactor& reactor, Duration idle_max, OnExpired on_expired)
    : reactor_(reactor),
      idle_max_(idle_max),
      on_expired_(std::move(on_expired)),
      idle_deadline_(reactor.now() + idle_max) {
  arm();
}

Watchdog::~Watchdog() {
  if (timer_ != io::TimerId::none) reactor_.cancel(timer_);
}

void Watchdog::expect_frame_by(MonotonicTime deadline) {
  frame_deadline_ = deadline;
  if (deadline < timer_at_) arm();
}

void Watchdog::end_by(MonotonicTime deadline) {
  end_deadline_ = deadline;
  if (deadline < timer_at_) arm();
}

MonotonicTime Watchdog::deadline() const {
  return std::min({idle_deadline_, frame_deadline_, end_deadline_});
}

void Watchdog::arm() {
  if (timer_ != io::TimerId::none) reactor_.cancel(timer_);
  timer_at_ = deadline();
  timer_ = reactor_.call_at(timer_at_, [this] { fire(); });
}

void Watchdog::fire() {
  timer_ = io::TimerId::none;
  timer_at_ = never;
  const MonotonicTime now = reactor_.now();
  if (now < deadline()) return arm();
  if (now >= end_deadline_) return on_expired_("the peer did not close the connection");
  if (now >= frame_deadline_) return on_expired_("a request did not arrive whole in time");
  on_expired_("nothing moved for too long");
}

}  // namespace koine::kafka
