// Messages that are taken out of a queue by hand, in whatever order, to be moved.

#include <algorithm>

#include "core/queues/queue.h"
#include "core/queues/queue_limits.h"

namespace koine::core {

std::vector<Offset> Queue::ends() const {
  std::vector<Offset> ends;
  for (std::size_t n = 0; n < levels_.size(); ++n) {
    ends.push_back(store_.committed_end(static_cast<std::uint8_t>(n)));
  }
  return ends;
}

std::optional<QueuePosition> Queue::next_ready(QueuePosition from) const {
  if (is_ended_ || is_being_purged_) return std::nullopt;
  auto next = store_.next_unsettled(from);
  while (next && leases_.contains(*next)) {
    next = store_.next_unsettled({next->level, next->offset + 1});
  }
  return next;
}

bool Queue::is_ready(QueuePosition position) const {
  return !is_ended_ && !is_being_purged_ && !store_.is_settled(position) &&
         !leases_.contains(position);
}

Task<Result<std::optional<GotMessage>>> Queue::look_at(QueuePosition position) {
  const auto self = shared_from_this();
  while (is_ready(position)) {
    const auto stored = store_.try_read(position);
    if (!stored) {
      CO_TRY(co_await load(position));
      continue;
    }
    if (expiry_of(stored->message) <= host_.reactor().wall_clock_ms()) break;
    co_return got(position, stored->message);
  }
  if (is_ended_) co_return gone();
  co_return std::nullopt;
}

bool Queue::pick(QueuePosition position, std::size_t body_size) {
  if (!is_ready(position)) return false;
  Level& level = levels_[position.level];
  level.returned.erase(position.offset);
  level.is_head_examined = false;
  is_unexamined_ = true;
  leases_.insert({.position = position,
                  .since = host_.reactor().now(),
                  .body_size = static_cast<std::uint32_t>(body_size),
                  .state = Lease::State::leaving});
  ++leaving_;
  ++picked_;
  return true;
}

void Queue::finish_picks(std::span<const Lease> leases, bool is_settled) {
  if (is_ended_) return;
  picked_ -= static_cast<std::uint32_t>(leases.size());
  finish_leaving(leases, is_settled);
}

}  // namespace koine::core
