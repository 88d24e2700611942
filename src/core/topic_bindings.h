// TopicBindings: what is bound to the topics of one shard's partitions: the records that producers append become messages for
// the queues (and other topics) to which they are routed, with the key as the routing key. Owned by the shard's Engine.
//
//   Partition::append  -- route -->  messages, decompressed and translated (core/message_record.h)
//                      -- write_elsewhere -->  the other shards' part, in the order of the appends, and durable
//                      -- append -->  the batch and this shard's part: one append of the journal
//
// A topic without bindings costs a comparison for each batch (Partition::is_bound).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "core/append_line.h"
#include "core/catalog.h"
#include "core/idempotency.h"
#include "core/message_record.h"
#include "core/queues/publish_batch.h"
#include "core/routing/router.h"
#include "core/topic.h"
#include "journal/journal.h"
#include "runtime/shard.h"

namespace koine::core {

class Queues;
class ShardQueues;

// Records of a compressed batch may be so large together, if they have to be looked at; a larger one is refused.
inline constexpr std::size_t routed_batch_bytes_max = 16 * MiB;

class TopicBindings {
 public:
  // All outlive it.
  TopicBindings(runtime::Shard& shard, const Catalog& catalog, Queues& queues,
                ShardQueues& live_queues);

  std::uint64_t version() const { return catalog_.version(); }
  bool has_bindings(const Topic& topic) const;

  // Numbers are those of the records that match something. `batch` was verified. Errors: corrupt (its records), too_large
  // (decompressed), unsupported.
  // The same records of the same piece go to the same partitions of other topics.
  Result<PublishBatch> route(const Topic& topic, ByteView batch, const Keyed& keyed);
  // Some of it is for other shards.
  bool leads_elsewhere(const PublishBatch& messages) const;
  // Asks all queues that may refuse, and has the other shards' part written: when it has its place there the place in the line has
  // prepared; durable when it returns. Errors: unavailable (a queue is full: says which; nothing was written), and those of
  // QueueClient::publish (some may be written).
  Task<Result<>> write_elsewhere(PublishBatch& messages, AppendLine& line,
                                 const AppendLine::Place& place);
  // After Journal::room(), in the same turn. Errors: as Queues::append.
  Result<std::shared_ptr<journal::Commit>> append(std::span<const journal::Append> records,
                                                  const PublishBatch& messages);

 private:
  void add(const MessageView& message, const Topic& from, PublishBatch& messages);

  runtime::Shard& shard_;
  const Catalog& catalog_;
  Queues& queues_;
  ShardQueues& live_queues_;
  MessageOfRecord message_;
  Route route_;
  std::vector<LogId> targets_;
  std::uint32_t spread_ = 0;
};

}  // namespace koine::core
