#include "io/timer_queue.h"

namespace koine::io {

TimerId TimerQueue::add(MonotonicTime when, Callback callback) {
  const std::uint64_t id = ++last_id_;
  callbacks_.emplace(Key{when, id}, std::move(callback));
  times_.emplace(id, when);
  return TimerId{id};
}

void TimerQueue::cancel(TimerId timer) {
  const auto id = static_cast<std::uint64_t>(timer);
  const auto time = times_.find(id);
  if (time == times_.end()) return;
  // The callback dies after the queue is whole again: its captures may cancel others.
  const auto node = callbacks_.extract(Key{time->second, id});
  times_.erase(time);
}

MonotonicTime TimerQueue::earliest() const {
  return empty() ? never : callbacks_.begin()->first.first;
}

std::optional<Callback> TimerQueue::take_due(MonotonicTime now) {
  if (empty() || earliest() > now) return std::nullopt;
  auto node = callbacks_.extract(callbacks_.begin());
  times_.erase(node.key().second);
  return std::move(node.mapped());
}

}  // namespace koine::io
