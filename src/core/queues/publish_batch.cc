#include "core/queues/publish_batch.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "core/engine_logs.h"

namespace koine::core {

PublishBatch::Item& PublishBatch::add_item(const MessageView& message, std::size_t target_count) {
  Item item{.position = static_cast<std::uint32_t>(bytes_.size()),
            .first_target = static_cast<std::uint32_t>(targets_.size()),
            .target_count = static_cast<std::uint32_t>(target_count),
            .body_size = static_cast<std::uint32_t>(message.body.size()),
            .priority = message.priority};
  encode_message(message, bytes_);
  CHECK(bytes_.size() <= std::numeric_limits<std::uint32_t>::max());
  item.size = static_cast<std::uint32_t>(bytes_.size()) - item.position;
  return items_.emplace_back(item);
}

void PublishBatch::add(const MessageView& message, std::span<const QueuePtr> queues) {
  CHECK(!queues.empty());
  add_item(message, queues.size());
  for (const QueuePtr& queue : queues) targets_.push_back(queue->id());
}

void PublishBatch::add(const MessageView& message, std::span<const LogId> targets,
                       Refusal refusal) {
  CHECK(!targets.empty());
  add_item(message, targets.size()).refusal = refusal;
  add_targets(targets);
}

void PublishBatch::add_delayed(const MessageView& message, const Delay& delay, ShardId shard,
                               WallTimeMs now_ms) {
  std::vector<std::byte> stored;
  encode_message(message, stored);
  add_item(held_form(encode_delay(delay), stored, delay.due_ms, now_ms), 1);
  targets_.push_back(delayed_log_id(shard, 0));
}

void PublishBatch::add_targets(std::span<const LogId> targets) {
  targets_.insert(targets_.end(), targets.begin(), targets.end());
  has_partitions_ = has_partitions_ || !std::ranges::all_of(targets, is_queue_log);
}

void PublishBatch::add_copy(const PublishBatch& from, const Item& item,
                            std::span<const LogId> targets) {
  Item copy = item;
  copy.position = static_cast<std::uint32_t>(bytes_.size());
  copy.first_target = static_cast<std::uint32_t>(targets_.size());
  copy.target_count = static_cast<std::uint32_t>(targets.size());
  const ByteView bytes = from.bytes().subspan(item.position, item.size);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  add_targets(targets);
  items_.push_back(copy);
}

std::size_t PublishBatch::end_of_group(std::size_t from, std::size_t bytes_max) const {
  std::size_t end = from + 1;
  for (std::size_t bytes = items_[from].size; end < items_.size(); ++end) {
    bytes += items_[end].size;
    if (bytes > bytes_max) break;
  }
  return end;
}

void PublishBatch::add_settlements(LogId queue, std::span<const Settlement> settlements) {
  if (settlements.empty()) return;
  settlements_.push_back({queue, {settlements.begin(), settlements.end()}});
}

}  // namespace koine::core
