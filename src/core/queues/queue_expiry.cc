// What time does: expired messages, queues that nobody uses, consumers that do not settle. One timer for all of it.

#include <algorithm>
#include <utility>
#include <vector>

#include "core/queues/queue.h"
#include "core/queues/queue_limits.h"

namespace koine::core {
namespace {

WallTimeMs later(WallTimeMs start_ms, std::int64_t by_ms) {
  return start_ms > no_expiry - by_ms ? no_expiry : start_ms + by_ms;
}

}  // namespace

WallTimeMs Queue::expiry_of(const MessageView& message) const {
  const auto& ttl_ms = info_->spec.settings.message_ttl_ms;
  if (!ttl_ms) return message.expires_ms;
  return std::min(message.expires_ms, later(message.published_ms, *ttl_ms));
}

// One that may not wait at all is delivered only if somebody can take it when it first shows.
bool Queue::is_expired(const MessageView& message, QueuePosition position, bool can_deliver) const {
  const WallTimeMs expires_ms = expiry_of(message);
  if (expires_ms > now_ms_) return false;
  const Level& level = levels_[position.level];
  const bool is_new = position.offset >= level.fresh && position.offset >= level.seen_end;
  return !(can_deliver && is_new && expires_ms <= message.published_ms);
}

Queue::Step Queue::drop(QueuePosition position, std::size_t body_size, DeathReason reason) {
  if (dead_.size() >= dead_max) return Step::idle;
  take_head(position);
  die(position, body_size, reason);
  return Step::done;
}

void Queue::schedule(MonotonicTime when) {
  if (is_ended_ || when >= timer_at_) return;
  host_.reactor().cancel(timer_);
  timer_at_ = when;
  timer_ = host_.reactor().call_at(when, [queue = weak_from_this()] {
    if (const auto there = queue.lock()) there->on_timer();
  });
}

void Queue::schedule_wall(WallTimeMs when_ms) {
  const WallTimeMs now_ms = host_.reactor().wall_clock_ms();
  const std::int64_t wait_ms = std::clamp<std::int64_t>(when_ms - now_ms, 0, wall_timer_max_ms);
  schedule(host_.reactor().now() + std::chrono::milliseconds(wait_ms));
}

void Queue::on_timer() {
  timer_ = io::TimerId::none;
  timer_at_ = never;
  if (is_ended_) return;
  now_ = host_.reactor().now();
  check_unused();
  check_leases();
  check_timed_leases();
  if (retry_at_ <= now_) {
    retry_at_ = never;
    start_moving();
  } else if (retry_at_ != never) {
    schedule(retry_at_);
  }
  const WallTimeMs now_ms = host_.reactor().wall_clock_ms();
  for (Level& level : levels_) {
    if (!level.is_head_examined || level.head_expires_ms == no_expiry) continue;
    if (level.head_expires_ms <= now_ms) {
      level.is_head_examined = false;
      is_unexamined_ = true;
    } else {
      schedule_wall(level.head_expires_ms);
    }
  }
  wake_if_needed();
}

void Queue::touch() {
  unused_since_ = host_.reactor().now();
  begin_unused();
}

void Queue::begin_unused() {
  const auto& expires_ms = info_->spec.settings.expires_ms;
  if (expires_ms && consumers_.empty()) {
    schedule(unused_since_ + duration_of(*expires_ms));
  }
}

void Queue::check_unused() {
  if (!consumers_.empty()) return;
  const auto& expires_ms = info_->spec.settings.expires_ms;
  const bool is_due = expires_ms && unused_since_ + duration_of(*expires_ms) <= now_;
  if (!is_due && !is_unwanted_) {
    begin_unused();
    return;
  }
  // Asked again if it was not possible (a full disk).
  schedule(now_ + retry_interval);
  host_.delete_unused(info_);
}

void Queue::check_leases() {
  const auto& timeout_ms = info_->spec.settings.consumer_timeout_ms;
  if (!timeout_ms) return;
  const Duration timeout = duration_of(*timeout_ms);
  MonotonicTime next = never;
  std::vector<QueueConsumer*> late;
  leases_.for_each([&](const Lease& lease) {
    if (lease.consumer == nullptr || lease.consumer->is_ended) return;
    if (lease.state == Lease::State::timed) return;  // has a deadline of its own
    if (lease.since + timeout > now_) {
      next = std::min(next, lease.since + timeout);
    } else if (std::ranges::find(late, lease.consumer) == late.end()) {
      late.push_back(lease.consumer);
    }
  });
  // Not for each lease on its own: a check looks at all of them.
  if (next != never) schedule(std::max(next, now_ + timeout / 16));
  for (QueueConsumer* consumer : late) end_late_consumer(*consumer);
}

void Queue::end_late_consumer(QueueConsumer& late) {
  const auto consumer = late.shared_from_this();
  std::vector<Settlement> returned;
  leases_.for_each([&](const Lease& lease) {
    if (lease.consumer == consumer.get()) {
      returned.push_back({lease.position, Settlement::Kind::requeue});
    }
  });
  cancel(consumer);
  settle(returned);
  consumer->sink->on_end(SubscriptionEnd::lease_expired);
}

}  // namespace koine::core
