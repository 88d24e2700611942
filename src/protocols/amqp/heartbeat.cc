#include "protocols/amqp/heartbeat.h"

#include <algorithm>

namespace koine::amqp {

namespace {

constexpr int missed_intervals_max = 2;

}  // namespace

Heartbeat::~Heartbeat() {
  if (timer_ != io::TimerId::none) reactor_.cancel(timer_);
}

void Heartbeat::start(Duration interval) {
  interval_ = interval;
  received();
  sent();
  arm();
}

void Heartbeat::end_by(MonotonicTime deadline) {
  end_deadline_ = deadline;
  arm();
}

MonotonicTime Heartbeat::silence_deadline() const {
  if (interval_ == Duration::zero()) return never;
  // Not while we do not read: looked at again an interval later.
  if (!is_reading_) return reactor_.now() + interval_;
  return received_at_ + missed_intervals_max * interval_;
}

MonotonicTime Heartbeat::send_due() const {
  return interval_ == Duration::zero() ? never : sent_at_ + interval_ / 2;
}

void Heartbeat::arm() {
  if (timer_ != io::TimerId::none) reactor_.cancel(timer_);
  timer_ = io::TimerId::none;
  const MonotonicTime when = std::min({end_deadline_, silence_deadline(), send_due()});
  if (when != never) timer_ = reactor_.call_at(when, [this] { fire(); });
}

void Heartbeat::fire() {
  timer_ = io::TimerId::none;
  const MonotonicTime now = reactor_.now();
  if (now >= end_deadline_) return listener_.on_expired("it did not finish in time");
  if (now >= silence_deadline()) return listener_.on_expired("missed heartbeats from the client");
  if (now >= send_due()) {
    sent();
    listener_.on_heartbeat_due();
  }
  arm();
}

}  // namespace koine::amqp
