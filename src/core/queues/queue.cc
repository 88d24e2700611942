#include "core/queues/queue.h"

#include <algorithm>

#include "base/check.h"
#include "core/queues/queue_limits.h"

namespace koine::core {

Queue::Queue(QueueHost& host, QueuePtr info, QueueStore& store)
    : host_(host), store_(store), info_(std::move(info)) {
  levels_.resize(info_->logs.size());
  for (std::size_t at = 0; at < levels_.size(); ++at) {
    const auto n = static_cast<std::uint8_t>(at);
    Level& level = levels_[at];
    level.fresh = store_.first_unsettled(n);
    level.delivered_before = store_.delivered_before_start(n);
    level.first_end = store_.committed_end(n);
    level.seen_end = level.first_end;
  }
  top_level_ = levels_.size() - 1;
  unused_since_ = host_.reactor().now();
  // Above all that were given before a restart.
  lease_number_ = static_cast<std::uint64_t>(host_.reactor().wall_clock_ms()) << 20U;
}

Queue::~Queue() { CHECK(timer_ == io::TimerId::none); }

void Queue::on_stored(std::uint8_t level) {
  if (is_ended_) return;
  top_level_ = std::max<std::size_t>(top_level_, level);
  if (!levels_[level].is_head_examined) is_unexamined_ = true;
  wake_if_needed();
}

void Queue::on_opened() {
  top_level_ = levels_.size() - 1;
  is_unexamined_ = true;
  wake_if_needed();
}

bool Queue::accepts(std::size_t body_size, std::uint64_t waiting,
                    std::uint64_t waiting_bytes) const {
  const QueueSettings& settings = info_->spec.settings;
  if (settings.overflow == Overflow::drop_head) return true;
  const auto fits = [](const std::optional<std::int64_t>& most, std::uint64_t count) {
    return !most || count <= static_cast<std::uint64_t>(*most);
  };
  return fits(settings.length_max, ready_count() + waiting + 1) &&
         fits(settings.length_bytes_max, ready_bytes() + waiting_bytes + body_size);
}

void Queue::end(SubscriptionEnd reason) {
  if (is_ended_) return;
  is_ended_ = true;
  host_.reactor().cancel(timer_);
  timer_ = io::TimerId::none;
  leases_.for_each([](const Lease& lease) {
    if (lease.consumer != nullptr && lease.consumer->options.shared_credit != nullptr) {
      lease.consumer->options.shared_credit->give_back(1);
    }
  });
  leases_.clear();
  timed_leases_.clear();
  leaving_ = 0;
  picked_ = 0;
  dead_.clear();
  refused_.clear();
  const auto consumers = std::exchange(consumers_, {});
  for (const auto& consumer : consumers) {
    turns_.remove(*consumer);
    consumer->is_ended = true;
    consumer->unsettled = 0;
    consumer->leased.clear();
    consumer->sink->on_end(reason);
  }
  ended_consumers_.clear();
  active_ = nullptr;
}

std::uint64_t Queue::ready_count() const {
  const std::uint64_t count = store_.message_count();
  return count - std::min<std::uint64_t>(count, leases_.size());
}

std::uint64_t Queue::ready_bytes() const {
  const std::uint64_t bytes = store_.body_bytes();
  return bytes - std::min(bytes, leases_.body_bytes());
}

bool Queue::is_over_limits() const {
  const QueueSettings& settings = info_->spec.settings;
  if (settings.overflow != Overflow::drop_head) return false;
  return (settings.length_max &&
          ready_count() > static_cast<std::uint64_t>(*settings.length_max)) ||
         (settings.length_bytes_max &&
          ready_bytes() > static_cast<std::uint64_t>(*settings.length_bytes_max));
}

std::optional<QueuePosition> Queue::head_of(std::uint8_t level) const {
  const Level& there = levels_[level];
  if (!there.returned.empty()) return QueuePosition{level, *there.returned.begin()};
  auto next = store_.next_unsettled({level, there.fresh});
  while (next && picked_ > 0 && leases_.contains(*next)) {
    next = store_.next_unsettled({level, next->offset + 1});
  }
  return next;
}

std::optional<QueuePosition> Queue::head() {
  if (is_being_purged_) return std::nullopt;
  while (true) {
    auto found = head_of(static_cast<std::uint8_t>(top_level_));
    if (found || top_level_ == 0) return found;
    --top_level_;
  }
}

bool Queue::take_head(QueuePosition position) {
  Level& level = levels_[position.level];
  level.is_head_examined = false;
  is_unexamined_ = true;
  if (position.offset < level.fresh) {
    level.returned.erase(position.offset);
    return true;
  }
  level.fresh = position.offset + 1;
  return position.offset < level.delivered_before;
}

void Queue::put_back(QueuePosition position) {
  Level& level = levels_[position.level];
  top_level_ = std::max<std::size_t>(top_level_, position.level);
  if (position.offset >= level.fresh) {
    // It was picked before its turn.
    level.is_head_examined = false;
    is_unexamined_ = true;
    return;
  }
  if (level.returned.empty() || position.offset < *level.returned.begin()) {
    level.is_head_examined = false;
    is_unexamined_ = true;
  }
  level.returned.insert(position.offset);
}

bool Queue::has_work() {
  if (is_ended_ || !head()) return false;
  return !turns_.empty() || is_unexamined_ || is_over_limits();
}

void Queue::wake() {
  is_running_ = true;
  host_.reactor().post([self = shared_from_this()] { self->run(); });
}

}  // namespace koine::core
