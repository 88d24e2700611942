#include "core/queues/deduplication_window.h"

#include <algorithm>

namespace koine::core {

// The entry may be gone, or a later one of the same key.
void DeduplicationWindow::drop_first() {
  const SeenKey& first = order_.front();
  const auto found = known_.find(first.key);
  if (found != known_.end() && found->second.seen_ms == first.seen_ms) known_.erase(found);
  order_.pop_front();
}

void DeduplicationWindow::drop_old(WallTimeMs now_ms) {
  while (!order_.empty() && order_.front().seen_ms <= now_ms - window_ms_) drop_first();
}

DeduplicationWindow::Known DeduplicationWindow::look_up(const DeduplicationKey& key,
                                                        WallTimeMs now_ms) {
  drop_old(now_ms);
  const auto found = known_.find(key);
  if (found == known_.end() || found->second.seen_ms <= now_ms - window_ms_) return Known::no;
  ++repetitions_;
  return found->second.is_pending ? Known::pending : Known::durable;
}

void DeduplicationWindow::add(const DeduplicationKey& key, WallTimeMs now_ms) {
  while (order_.size() >= keys_max_) {
    if (known_.contains(order_.front().key)) ++forgotten_early_;
    drop_first();
  }
  known_.insert_or_assign(key, Entry{.seen_ms = now_ms, .is_pending = true});
  order_.push_back({key, now_ms});
}

void DeduplicationWindow::keep(const DeduplicationKey& key) {
  const auto found = known_.find(key);
  if (found != known_.end()) found->second.is_pending = false;
}

void DeduplicationWindow::forget(const DeduplicationKey& key) { known_.erase(key); }

void DeduplicationWindow::restore(std::span<const SeenKey> seen, WallTimeMs now_ms) {
  const std::size_t count = std::min(seen.size(), keys_max_);
  for (const SeenKey& each : seen.last(count)) {
    // Said twice: by the checkpoint, and by an entry after it.
    const auto known = known_.find(each.key);
    if (known != known_.end() && known->second.seen_ms == each.seen_ms) continue;
    order_.push_back(each);
    known_.insert_or_assign(each.key, Entry{.seen_ms = each.seen_ms});
  }
  drop_old(now_ms);
}

std::vector<SeenKey> DeduplicationWindow::seen(WallTimeMs now_ms) {
  drop_old(now_ms);
  std::vector<SeenKey> seen;
  seen.reserve(known_.size());
  for (const SeenKey& each : order_) {
    const auto found = known_.find(each.key);
    if (found != known_.end() && found->second.seen_ms == each.seen_ms) seen.push_back(each);
  }
  return seen;
}

}  // namespace koine::core
