#include "core/queues/publish_batch.h"

#include <limits>

#include "base/check.h"
#include "core/engine_logs.h"

namespace koine::core {

PublishBatch::Item& PublishBatch::add_item(const MessageView& message) {
  Item item{.position = static_cast<std::uint32_t>(bytes_.size()),
            .first_target = static_cast<std::uint32_t>(targets_.size()),
            .body_size = static_cast<std::uint32_t>(message.body.size()),
            .priority = message.priority};
  encode_message(message, bytes_);
  CHECK(bytes_.size() <= std::numeric_limits<std::uint32_t>::max());
  item.size = static_cast<std::uint32_t>(bytes_.size()) - item.position;
  return items_.emplace_back(item);
}

void PublishBatch::add(const MessageView& message, std::span<const QueuePtr> queues) {
  CHECK(!queues.empty());
  add_item(message).target_count = static_cast<std::uint32_t>(queues.size());
  for (const QueuePtr& queue : queues) targets_.push_back(queue->id());
}

void PublishBatch::add_delayed(const MessageView& message, const Delay& delay, ShardId shard,
                               WallTimeMs now_ms) {
  std::vector<std::byte> stored;
  encode_message(message, stored);
  add_item(held_form(encode_delay(delay), stored, delay.due_ms, now_ms)).target_count = 1;
  targets_.push_back(delayed_log_id(shard, 0));
}

void PublishBatch::add_settlements(LogId queue, std::span<const Settlement> settlements) {
  if (settlements.empty()) return;
  settlements_.push_back({queue, {settlements.begin(), settlements.end()}});
}

}  // namespace koine::core
