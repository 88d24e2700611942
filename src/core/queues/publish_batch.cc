#include "core/queues/publish_batch.h"

#include <limits>

#include "base/check.h"

namespace koine::core {

void PublishBatch::add(const MessageView& message, std::span<const QueuePtr> queues) {
  CHECK(!queues.empty());
  Item item{.position = static_cast<std::uint32_t>(bytes_.size()),
            .first_target = static_cast<std::uint32_t>(targets_.size()),
            .target_count = static_cast<std::uint32_t>(queues.size()),
            .body_size = static_cast<std::uint32_t>(message.body.size()),
            .priority = message.priority};
  encode_message(message, bytes_);
  CHECK(bytes_.size() <= std::numeric_limits<std::uint32_t>::max());
  item.size = static_cast<std::uint32_t>(bytes_.size()) - item.position;
  for (const QueuePtr& queue : queues) targets_.push_back(queue->id());
  items_.push_back(item);
}

void PublishBatch::add_settlements(LogId queue, std::span<const Settlement> settlements) {
  if (settlements.empty()) return;
  settlements_.push_back({queue, {settlements.begin(), settlements.end()}});
}

}  // namespace koine::core
