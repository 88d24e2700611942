// Queues: the storage of all queues of one shard: their stores by log, their way into the journal, and what checkpoints keep
// of them. Owned by the shard's Engine; who delivers messages is not known here (QueueEvents).
//
//   publish()   room -> limits -> neighbours for the same queue become one entry -> Journal::append
//               what is for topics becomes record batches, in the same append (RecordPublish)
//   settle()    JournalQueueStore -> QueueChanges -> state log `queues`
//   opening     checkpoint, replay -> QueueStates -> open() takes what is known of a queue
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/idempotency.h"
#include "core/queues/journal_queue_store.h"
#include "core/queues/publish_batch.h"
#include "core/queues/queue_changes.h"
#include "core/queues/queue_publish.h"
#include "core/queues/queue_states.h"
#include "core/queues/record_publish.h"
#include "journal/journal.h"
#include "runtime/gate.h"
#include "runtime/shard.h"

namespace koine::core {

class IdempotencyEntry;
class IdempotencyLog;

// A message that a commit settles together with something else.
struct SettledMessage {
  LogId queue;
  QueuePosition position;
  std::size_t body_size = 0;
};

class Queues {
 public:
  explicit Queues(runtime::Shard& shard);
  ~Queues();
  Queues(const Queues&) = delete;
  Queues& operator=(const Queues&) = delete;

  // The Engine's, for its journal's StateOwner. Errors: corrupt, unsupported.
  std::vector<std::byte> save();
  Result<> restore(ByteView saved) { return states_.restore(saved); }
  // Of a queue's log, of the state log.
  Result<> replay_messages(const journal::ReplayedEntry& entry) {
    return states_.replay_messages(entry);
  }
  Result<> replay_changes(ByteView entry) { return states_.replay_changes(entry); }

  // The journal is open; it outlives this. Then open() for every queue of the catalog, then start().
  void attach(journal::Journal& journal);
  // All queues that exist were opened: what is known of others is forgotten. Returns when it is durable that messages may
  // be delivered from now on, or that the disk does not take it now.
  Task<void> start();
  // After the last delivery; before the journal is closed. Stores can be read until this dies.
  Task<void> close();

  // With what recovery found, if the queue is not new. Again for one that is open: with new settings.
  JournalQueueStore& open(QueuePtr queue);
  // Before its logs are dropped. The store is gone afterwards.
  void remove(LogId queue);
  // By QueueInfo::id(); null: no such queue here.
  JournalQueueStore* find(LogId queue) const;
  std::size_t size() const { return stores_.size(); }

  // Where pieces of requests with a key are known. Before the first batch that is one; outlives this.
  void set_idempotency(IdempotencyLog& log) { idempotency_ = &log; }
  // Where partitions of topics are found. Before the first batch that has any.
  void set_partitions(RecordPublish::Find find) { find_partition_ = std::move(find); }

  // Gives all messages their places, in the order of the calls, and settles `settled` with them: one commit, all or nothing
  // also after a crash if there is something to settle; it takes effect with the commit, so that a refused one leaves them
  // as they are; the same with a batch that is a piece of a request with a key, and not known to have been done: with its record,
  // unless nothing of it is written. Queues that are gone are skipped. batch.settlements() is the caller's matter: what of it settles messages
  // is in `settled`. Does not wait for the disk. Errors: too_large (with `settled`: over journal::append_bytes_max in all),
  // no_space, io_error, closed.
  Task<Result<Published>> publish(PublishBatch batch, std::vector<SettledMessage> settled = {});

  // Settles what is durable in the queue but for these (of each level, as QueueStore::settle_all_except), as a piece of a request with a
  // key: in one commit with its record, whose result is their number. Takes effect with the commit; null: there is nothing. Errors: too_large
  // (very many gaps), no_space, io_error, closed.
  struct Purged {
    std::uint64_t count = 0;
    std::shared_ptr<journal::Commit> commit;
  };
  Task<Result<Purged>> purge(LogId queue, std::vector<std::vector<QueueStore::Kept>> kept,
                             IdempotentPiecePtr keyed);

  // After Journal::room(), in the same turn: a topic's records, and the messages that they are for queues of this shard and
  // other topics, all or nothing. Errors: unavailable (a queue is full: says which; nothing was written), too_large, io_error, closed.
  Result<std::shared_ptr<journal::Commit>> append(std::span<const journal::Append> records,
                                                  const PublishBatch& messages);
  // A message that a queue of this shard has no room for.
  struct Full {
    std::uint32_t number = 0;
    LogId queue;
  };
  // All of them, were the batch published now; ascending. Says nothing of what is published meanwhile.
  std::vector<Full> find_full(const PublishBatch& batch) const;

  // Returns when all that was settled before is durable. Errors: no_space (it stays settled and is tried again), io_error,
  // closed.
  Task<Result<>> durable() { return changes_.durable(); }

 private:
  // queues_publish.cc
  std::vector<QueueChanges::Settled> levels_of(const std::vector<SettledMessage>& settled) const;
  Result<Published> publish_now(const PublishBatch& batch,
                                std::vector<QueueChanges::Settled> settled);
  Result<Published> publish_keyed(const PublishBatch& batch, Published published,
                                  std::vector<QueueChanges::Settled> settled);
  Result<Published> publish_records(const PublishBatch& batch,
                                    std::vector<QueueChanges::Settled> settled);
  Result<std::shared_ptr<journal::Commit>> append_group(const PublishBatch& batch,
                                                        QueuePublish::Range range,
                                                        std::span<const std::uint32_t> rejected,
                                                        std::span<const journal::Append> first,
                                                        std::vector<QueueChanges::Settled> settled,
                                                        IdempotencyEntry* record);
  // Null: the batch is no piece of a request with a key.
  std::unique_ptr<IdempotencyEntry> record_of(const PublishBatch& batch,
                                              std::span<const std::uint32_t> rejected) const;
  std::string full_sentence(LogId queue) const;
  void plan(const PublishBatch& batch, QueuePublish::Range range);

  void for_each_level(const std::function<void(QueueLevel&)>& visit) const;

  runtime::Shard& shard_;
  runtime::Gate gate_;
  journal::Journal* journal_ = nullptr;
  QueueChanges changes_;
  QueueStates states_;
  QueuePublish publish_;
  RecordPublish records_;
  RecordPublish::Find find_partition_;
  IdempotencyLog* idempotency_ = nullptr;
  std::unordered_map<LogId, std::unique_ptr<JournalQueueStore>> stores_;
  bool was_stopped_ = false;                    // before this start
  std::shared_ptr<journal::Commit> last_keys_;  // the last with keys of messages
};

}  // namespace koine::core
