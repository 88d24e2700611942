// PublishBatch: messages on their way to queues and topics of one shard, encoded once, in the order in which they were
// published. Made on the publisher's shard, moved to the other one.
//
// A message for a partition of a topic goes to the partition's shard with all its queues, wherever they are: that shard sees to
// it that all of them take it, or none (shard_queues_topics.cc).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "core/queues/delayed_message.h"
#include "core/queues/message.h"
#include "core/queues/queue_spec.h"
#include "core/queues/settlement.h"
#include "journal/journal.h"

namespace koine::core {

struct IdempotentPiece;

// What follows for a message if one of its queues refuses it because of its limits: the others have it, or nobody.
enum class Refusal : std::uint8_t { of_one, of_all };

class PublishBatch {
 public:
  struct Item {
    std::uint32_t position = 0;  // in bytes()
    std::uint32_t size = 0;
    std::uint32_t first_target = 0;  // in targets()
    std::uint32_t target_count = 0;
    std::uint32_t body_size = 0;
    std::uint8_t priority = 0;
    Refusal refusal = Refusal::of_one;
  };

  // `queues` are of one shard, the same for the whole batch; at least one. The message's number is the count before.
  void add(const MessageView& message, std::span<const QueuePtr> queues);
  // The same with ids of queues (QueueInfo::id) and of partitions. With Refusal::of_all they are of any shard, but the first
  // one if the batch is to find its own shard by it (QueueClient::publish).
  void add(const MessageView& message, std::span<const LogId> targets, Refusal refusal);
  // One that another batch has, for some of its targets.
  void add_copy(const PublishBatch& from, const Item& item, std::span<const LogId> targets);
  // The message's targets are taken away.
  void drop(std::uint32_t number) { items_[number].target_count = 0; }
  // Held on that shard until it is due (delayed_message.h).
  void add_delayed(const MessageView& message, const Delay& delay, ShardId shard,
                   WallTimeMs now_ms);
  // In one commit with the messages: what a transaction does.
  void add_settlements(LogId queue, std::span<const Settlement> settlements);

  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty() && settlements_.empty(); }
  ByteView bytes() const { return bytes_; }
  std::span<const Item> items() const { return items_; }
  // Ids of queues (QueueInfo::id) and partitions (is_queue_log tells).
  std::span<const LogId> targets_of(const Item& item) const {
    return std::span(targets_).subspan(item.first_target, item.target_count);
  }
  // The first of the messages from `from` on that does not fit into so many bytes with those before it; at least one does.
  std::size_t end_of_group(std::size_t from, std::size_t bytes_max) const;
  // Some message is for a topic.
  bool has_partitions() const { return has_partitions_; }
  // Queues with limits were asked, by who knows where else the messages go: they take them in any case.
  bool is_accepted() const { return is_accepted_; }
  void set_accepted() { is_accepted_ = true; }

  // The batch is a piece of a request with a key: it is done once, all or nothing. Null: it is not.
  const std::shared_ptr<const IdempotentPiece>& keyed() const { return keyed_; }
  void set_keyed(std::shared_ptr<const IdempotentPiece> piece) { keyed_ = std::move(piece); }

  struct QueueSettlements {
    LogId queue;
    std::vector<Settlement> settlements;
  };
  std::span<const QueueSettlements> settlements() const { return settlements_; }

 private:
  Item& add_item(const MessageView& message, std::size_t target_count);
  void add_targets(std::span<const LogId> targets);

  std::vector<std::byte> bytes_;
  std::vector<Item> items_;
  std::vector<LogId> targets_;
  std::vector<QueueSettlements> settlements_;
  bool has_partitions_ = false;
  bool is_accepted_ = false;
  std::shared_ptr<const IdempotentPiece> keyed_;
};

struct Published {
  // Numbers of messages that a queue refused because of its limits (Overflow::reject_publish), ascending. Of several
  // queues one is enough; the others have the message. One for a topic: then nobody has it.
  std::vector<std::uint32_t> rejected;
  // In which the others become durable; null: nothing had to be written. See journal::done.
  std::shared_ptr<journal::Commit> commit;
  // The commit has the record of PublishBatch::keyed().
  bool is_kept = false;
};

}  // namespace koine::core
