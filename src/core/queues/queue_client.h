// QueueClient: what a protocol does with queues, from any shard: the calls that find the queue's shard. One per shard,
// reached by Engine::queue_client(). Names are resolved with this shard's catalog; what changes it waits until every shard knows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "core/queues/publish_batch.h"
#include "core/queues/queue_spec.h"
#include "core/queues/settlement.h"
#include "core/routing/exchange.h"

namespace koine::core {

struct QueueCounts {
  std::uint64_t ready = 0;
  std::uint64_t unsettled = 0;
  std::uint64_t ready_bytes = 0;  // bodies
  std::uint32_t consumers = 0;
  std::uint64_t published = 0, delivered = 0, settled = 0,
                returned = 0;  // since the start of the process
  // The same, of a queue with a deduplication window: dropped messages; keys that were forgotten because there were too many.
  std::uint64_t repeated = 0, keys_forgotten_early = 0;
};

struct GotMessage {
  QueuePosition position;
  bool is_redelivered = false;
  std::uint32_t failed_deliveries = 0;
  Bytes stored;             // see decode_message
  std::uint64_t ready = 0;  // left in the queue
};

class QueueClient {
 public:
  QueueClient() = default;
  QueueClient(const QueueClient&) = delete;
  QueueClient& operator=(const QueueClient&) = delete;
  virtual ~QueueClient() = default;

  // Makes the queue if it is not there. What is there is returned as it is, also when it differs: compare
  // (core/queues/equivalence.h). Errors: invalid_argument (names the setting), too_large (limit of queues), no_space, io_error, closed.
  virtual Task<Result<QueuePtr>> declare_queue(QueueSpec spec) = 0;
  struct DeleteCondition {
    bool if_unused = false;
    bool if_empty = false;
  };
  // How many ready messages were deleted with it. Errors: not_found, conflict (in use, not empty: the sentence says which).
  virtual Task<Result<std::uint64_t>> delete_queue(Name name, DeleteCondition condition) = 0;
  // Drops what is ready; how many.
  virtual Task<Result<std::uint64_t>> purge_queue(QueuePtr queue) = 0;
  virtual Task<Result<QueueCounts>> counts(QueuePtr queue) = 0;

  // As declare_queue; already_exists: a topic has the name.
  virtual Task<Result<ExchangePtr>> declare_exchange(ExchangeSpec spec) = 0;
  // With the bindings from and to it. Errors: not_found, conflict (if_unused, and something is bound).
  virtual Task<Result<>> delete_exchange(Name name, bool if_unused) = 0;
  // Errors: not_found (source or target: the sentence says which and where), invalid_argument (arguments).
  virtual Task<Result<>> bind(Binding binding) = 0;
  // No error when there is no such binding.
  virtual Task<Result<>> unbind(Binding binding) = 0;

  // All targets on one shard. Returns when everything has its place in the journal, in the order of the calls; durable with
  // the commit, which belongs to the queues' shard: wait with `durable`. A queue that is gone meanwhile is skipped.
  // Errors: too_large, no_space, io_error, closed.
  virtual Task<Result<Published>> publish(PublishBatch batch) = 0;
  // Waits for Published::commit, on whatever shard it is.
  virtual Task<Result<>> durable(ShardId shard, std::shared_ptr<journal::Commit> commit) = 0;

  // The oldest ready message. Settle it unless is_auto_ack. Errors: not_found, denied (an exclusive consumer has it), corrupt, io_error.
  virtual Task<Result<std::optional<GotMessage>>> get(QueuePtr queue, bool is_auto_ack) = 0;
  // Ready messages from the head, at most `count`, without leasing them.
  virtual Task<Result<std::vector<GotMessage>>> peek(QueuePtr queue, std::uint32_t count) = 0;

  // Takes effect at once, is durable with the next commit. Positions that are not leased are skipped.
  virtual void settle(const QueuePtr& queue, std::span<const Settlement> settlements) = 0;
  // The same, and returns when it is durable. Errors: no_space, io_error, closed.
  virtual Task<Result<>> settle_durably(QueuePtr queue, std::vector<Settlement> settlements) = 0;

  // Deletes the exclusive queues of an owner whose connection ended.
  virtual Task<void> release_owner(std::uint64_t owner) = 0;
};

}  // namespace koine::core
