// PublishBatch: messages on their way to queues of one shard, encoded once, in the order in which they were published.
// Made on the publisher's shard, moved to the queues' one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/ids.h"
#include "core/queues/delayed_message.h"
#include "core/queues/message.h"
#include "core/queues/queue_spec.h"
#include "core/queues/settlement.h"
#include "journal/journal.h"

namespace koine::core {

class PublishBatch {
 public:
  struct Item {
    std::uint32_t position = 0;  // in bytes()
    std::uint32_t size = 0;
    std::uint32_t first_target = 0;  // in targets()
    std::uint32_t target_count = 0;
    std::uint32_t body_size = 0;
    std::uint8_t priority = 0;
  };

  // `queues` are of one shard, the same for the whole batch; at least one. The message's number is the count before.
  void add(const MessageView& message, std::span<const QueuePtr> queues);
  // Held on that shard until it is due (delayed_message.h).
  void add_delayed(const MessageView& message, const Delay& delay, ShardId shard,
                   WallTimeMs now_ms);
  // In one commit with the messages: what a transaction does.
  void add_settlements(LogId queue, std::span<const Settlement> settlements);

  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty() && settlements_.empty(); }
  ByteView bytes() const { return bytes_; }
  std::span<const Item> items() const { return items_; }
  // Ids of queues (QueueInfo::id).
  std::span<const LogId> targets_of(const Item& item) const {
    return std::span(targets_).subspan(item.first_target, item.target_count);
  }
  struct QueueSettlements {
    LogId queue;
    std::vector<Settlement> settlements;
  };
  std::span<const QueueSettlements> settlements() const { return settlements_; }

 private:
  Item& add_item(const MessageView& message);

  std::vector<std::byte> bytes_;
  std::vector<Item> items_;
  std::vector<LogId> targets_;
  std::vector<QueueSettlements> settlements_;
};

struct Published {
  // Numbers of messages that a queue refused because of its limits (Overflow::reject_publish), ascending. Of several
  // queues one is enough; the others have the message.
  std::vector<std::uint32_t> rejected;
  // In which the others become durable; null: nothing had to be written. See journal::done.
  std::shared_ptr<journal::Commit> commit;
};

}  // namespace koine::core
