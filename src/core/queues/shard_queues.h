// ShardQueues: the live queues of one shard: a Queue for each store, told by the catalog what exists. What the client of
// any shard does with a queue ends here, on the queue's shard.
//
//   catalog  --opened, removed-->  ShardQueues --> Queue (who gets what) --> JournalQueueStore (what there is)
//   client   --publish, settle-->                                            Queues: publish in one commit
//
// Owned by the shard's Engine, with its Queues, which outlives it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/queues/delayed_queue.h"
#include "core/queues/publish_batch.h"
#include "core/queues/queue.h"
#include "core/queues/queue_host.h"
#include "core/queues/queue_move.h"
#include "core/queues/queue_owner.h"
#include "core/queues/queues.h"
#include "runtime/gate.h"

namespace koine::core {

class Engine;
class MovedMessages;
struct LeaseEnd;
struct SettledOnce;
struct Route;
class Partition;
class StreamSubscription;

class ShardQueues final : public QueueOwner, private QueueHost {
 public:
  ShardQueues(Engine& engine, Queues& stores);
  ~ShardQueues() override;

  // When the journal is open: the messages that wait for their time are known. Before Queues::start().
  void open() { delayed_.open(); }
  // From now on messages are delivered, expire and move. Before it queues are only opened.
  void start();
  // Consumers are told, tasks have ended. Before Queues::close().
  Task<void> close();

  // By QueueInfo::id(); null: no such queue here.
  std::shared_ptr<Queue> find(LogId queue) const;
  const DelayedQueue& delayed() const { return delayed_; }

  void opened(const QueuePtr& queue) override;
  void removed(const QueueInfo& queue) override;
  Result<std::uint64_t> begin_delete(const QueueInfo& queue,
                                     QueueClient::DeleteCondition condition) override;
  void abort_delete(const QueueInfo& queue) override;

  // As QueueClient::publish, here. Acks of the batch are in its commit; what else it settles is done when all of it has its
  // place.
  Task<Result<Published>> publish(PublishBatch batch);
  // Topics that consumers of this shard read as streams: settle() gives them their credit back.
  LogId next_stream_id();
  // Until remove_stream(). Errors: closed.
  Result<> start_stream(StreamSubscription& stream);
  void remove_stream(const StreamSubscription& stream);
  std::uint32_t stream_count(std::string_view topic) const;

  // shard_queues_topics.cc. Some targets of the batch are on other shards.
  bool leads_elsewhere(const PublishBatch& batch) const;
  // The messages that a queue, on whatever shard, has no room for now; ascending, each once.
  Task<std::vector<Queues::Full>> find_full(const PublishBatch& batch);
  // Writes what is for other shards: it has its place there when this returns; durable with the commits (see
  // QueueClient::durable). The batch is accepted afterwards. Errors: those of publish(); a part may be written.
  using Commits = std::vector<std::pair<ShardId, std::shared_ptr<journal::Commit>>>;
  Task<Result<Commits>> write_elsewhere(PublishBatch& batch);
  Task<Result<>> durable(Commits commits);

  // shard_queues_moves.cc; as move_messages, here.
  Task<Result<MoveProgress>> move(LogId queue, MoveSpec spec, MoveProgress progress,
                                  KeyedMovePtr keyed);

  // shard_queues_settle.cc; as settle_leases_once, here.
  Task<Result<SettledOnce>> settle_once(LogId queue, std::vector<LeaseEnd> ends,
                                        IdempotentPiecePtr keyed, KnownCopies copies);

  // As LocalQueueClient::purge_queue with a key, here.
  Task<Result<std::uint64_t>> purge(LogId queue, IdempotentPiecePtr keyed);

  void settle(LogId queue, std::span<const Settlement> settlements);
  Task<Result<>> settle_durably(LogId queue, std::vector<Settlement> settlements);

 private:
  // What a batch settles in one queue.
  struct Leaving {
    std::shared_ptr<Queue> queue;
    std::vector<Lease> leases;
  };

  QueueHost& host() { return *this; }
  io::Reactor& reactor() override;
  runtime::Gate& tasks() override { return gate_; }
  Task<Result<>> move_dead(QueuePtr from, std::vector<DeadLetter> letters) override;
  void delete_unused(QueuePtr queue) override;
  void notice(std::string sentence) override;

  void wake(Queue& queue);
  std::vector<Leaving> begin_leaving(const PublishBatch& batch) const;
  void settle_others(std::span<const PublishBatch::QueueSettlements> said);
  Task<void> finish_leaving(std::shared_ptr<journal::Commit> commit, std::vector<Leaving> leaving);
  Task<void> delete_soon(QueuePtr queue);

  // shard_queues_topics.cc
  class InLines;
  Task<Result<Published>> append(PublishBatch batch, std::vector<SettledMessage> settled);
  Task<Result<Published>> append_in_line(PublishBatch batch, std::vector<SettledMessage> settled,
                                         InLines lines);
  Task<Result<Published>> publish_on(ShardId shard, PublishBatch batch);
  std::vector<std::shared_ptr<Partition>> partitions_of(const PublishBatch& batch) const;

  // shard_queues_moves.cc
  struct MovePart;
  Task<Result<>> look_and_pick(const std::shared_ptr<Queue>& queue, const MoveSpec& spec,
                               MoveProgress& progress, MovePart& part);
  Result<> choose(const std::shared_ptr<Queue>& queue, const MoveSpec& spec,
                  const GotMessage& message, MoveProgress& progress, MovePart& part);
  Result<Route> route_of(const QueueInfo& from, const MoveTarget& target,
                         const MessageView& message, ByteView headers,
                         const std::optional<LastDeath>& death) const;
  static void add(MovePart& part, const MessageView& message, Route route, std::string_view vhost);
  Task<Result<>> finish_part(const std::shared_ptr<Queue>& queue, MovePart& part,
                             MoveProgress& progress, Result<> outcome);
  Task<Result<>> copy_first(MovePart& part);
  Task<Result<>> leave(MovePart& part, const MoveProgress& after);

  // shard_queues_settle.cc
  struct Ending;
  static Task<Result<>> take_ends(Ending& ending, const std::vector<LeaseEnd>& ends,
                                  const KnownCopies& copies);
  Task<Result<>> settle_leaving(const Ending& ending, const KnownCopies& copies,
                                IdempotentPiecePtr keyed);

  // shard_queues_letters.cc
  void route_letter(const QueueInfo& from, const DeadLetter& letter, MovedMessages& moved);

  Engine& engine_;
  Queues& stores_;
  std::unordered_map<LogId, std::shared_ptr<Queue>> queues_;
  std::unordered_map<LogId, StreamSubscription*> streams_;
  std::uint64_t streams_made_ = 0;
  bool is_started_ = false;
  bool is_closed_ = false;
  runtime::Gate gate_;
  DelayedQueue delayed_;
};

}  // namespace koine::core
