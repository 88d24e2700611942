// Queue: one queue on its shard: who gets which message, and what becomes of those that nobody gets. What is in the queue
// and what is settled is its QueueStore's; here is only what is in motion, in memory:
//
//   level 0   [ s s L s R L L | . . . . . . ]     s settled; L leased: with a consumer; R returned: delivered before fresh ones
//                             fresh               . fresh: nothing known, read when its turn comes
//
// Messages are handed out in turns of at most a millisecond, posted to the shard's loop while there is something ready
// and somebody with room; nothing runs otherwise. Delivery costs no allocation and no task.
//
// A message is *ready* when it is durable, not settled, and not leased. Limits count ready messages. Expired messages are
// dropped when they are at the head of their level, also without consumers (a timer), and never delivered.
//
// One shard. Shared, because wake-ups are on their way through the loop; ended (end()) before its store or its host dies, after
// which it calls neither.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/queues/consumer_turns.h"
#include "core/queues/dead_letter.h"
#include "core/queues/lease_request.h"
#include "core/queues/lease_table.h"
#include "core/queues/queue_client.h"
#include "core/queues/queue_events.h"
#include "core/queues/queue_host.h"
#include "core/queues/queue_spec.h"
#include "core/queues/queue_store.h"
#include "core/queues/settlement.h"
#include "core/queues/subscription.h"
#include "core/queues/timed_leases.h"

namespace koine::core {

struct LeasedMessage;

class Queue final : public QueueEvents, public std::enable_shared_from_this<Queue> {
 public:
  Queue(QueueHost& host, QueuePtr info, QueueStore& store);
  ~Queue() override;

  const QueuePtr& info() const { return info_; }

  // queue.cc. refused(): dead-lettered if the queue's overflow says so, at most once: what does not fit into
  // refused_bytes_max on its way there is dropped.
  void on_stored(std::uint8_t level) override;
  bool accepts(std::size_t body_size, std::uint64_t waiting,
               std::uint64_t waiting_bytes) const override;
  void refused(const MessageView& message) override;
  // What recovery found may be delivered, expire and move from now on.
  void on_opened();
  // Deleted, or the server closes: consumers are told, nothing is delivered any more.
  void end(SubscriptionEnd reason);
  bool is_ended() const { return is_ended_; }

  // Consumers (queue_consumers.cc). The sink outlives cancel(), or the call of its on_end(). Nothing is delivered before the
  // first resume(). Errors: denied (exclusive, or the other one is), not_found (ended).
  Result<std::shared_ptr<QueueConsumer>> add_consumer(ConsumerOptions options, DeliverySink& sink);
  void resume(QueueConsumer& consumer);
  // No take() follows. What it was given stays leased until it is settled.
  void cancel(const std::shared_ptr<QueueConsumer>& consumer);
  // Of one that leases; after its end: what it still has goes back.
  void add_credit(QueueConsumer& consumer, std::uint32_t count);
  void return_leases(QueueConsumer& consumer, Settlement::Kind kind);

  // queue_settle.cc. Positions that are not leased are skipped.
  void settle(std::span<const Settlement> settlements);
  // For a commit that settles these together with something else: those of them that were leased, as leases that nobody
  // holds any more. When it ended: finish_leaving().
  std::vector<Lease> begin_leaving(std::span<const QueuePosition> positions);
  // True: they are settled. False: they come back, as after requeue.
  void finish_leaving(std::span<const Lease> leases, bool is_settled);

  // queue_dead_letters.cc: of one that is leaving, for the same commit. Nothing: it can't be read, and is gone. Errors: io_error, closed.
  Task<Result<std::optional<DeadLetter>>> rejected_letter(Lease lease);

  // queue_leases.cc: leases that no connection holds; as in lease_client.h.
  Task<Result<std::vector<LeasedMessage>>> lease(std::shared_ptr<LeaseCall> call,
                                                 LeaseRequest request);
  std::vector<bool> settle_leases(std::span<const LeaseSettlement> settlements);
  // It is held until it is settled, without a deadline. False: it was not held under that number.
  bool hold_lease(QueuePosition position, std::uint64_t number);
  bool extend_lease(QueuePosition position, std::uint64_t number, Duration duration);
  bool is_leased(QueuePosition position, std::uint64_t number) const {
    return !is_ended_ && timed_leases_.is_held(position, number);
  }
  // The message of a lease; nothing: it has ended. Errors: io_error, not_found.
  Task<Result<std::optional<GotMessage>>> leased_message(QueuePosition position,
                                                         std::uint64_t number);

  // queue_picks.cc: for moves by hand. Where each level ends now; the first ready message at or after this one in its level.
  std::vector<Offset> ends() const;
  std::optional<QueuePosition> next_ready(QueuePosition from) const;
  // Nothing: it is not ready (any more), or dead.
  Task<Result<std::optional<GotMessage>>> look_at(QueuePosition position);
  // Out of its order, as one that is leaving; false: it is not ready. Ends with finish_picks(), as leaving does.
  bool pick(QueuePosition position, std::size_t body_size);
  void finish_picks(std::span<const Lease> leases, bool is_settled);

  // queue_purge.cc; as in QueueClient.
  Task<Result<std::uint64_t>> purge();
  // For a commit that settles all that is ready now: what is leased, and stays, by level. Until finish_purge() nothing else is ready, so
  // that it is settled or as before. Nothing: a purge is under way, or the queue has ended.
  std::optional<std::vector<std::vector<QueueStore::Kept>>> begin_purge();
  // How many are settled.
  void finish_purge(std::uint64_t purged);

  // queue_reads.cc; as in QueueClient.
  Task<Result<std::optional<GotMessage>>> get(bool is_auto_ack);
  Task<Result<std::vector<GotMessage>>> peek(std::uint32_t count);
  QueueCounts counts() const;
  // How many ready messages a deletion takes along; until abort_delete() the queue accepts no message and no consumer.
  // Errors: conflict.
  Result<std::uint64_t> begin_delete(QueueClient::DeleteCondition condition);
  void abort_delete() { is_being_deleted_ = false; }
  // It was declared again: its time to expire begins anew.
  void touch();

 private:
  struct Level {
    Offset fresh;                   // the first that was never handed out since the start
    Offset delivered_before;        // below: perhaps delivered before the start
    Offset first_end;               // committed_end at the start
    Offset seen_end;                // below: was ready at a time when nobody could take it
    std::set<Offset> returned;      // below fresh
    bool is_head_examined = false;  // not expired, and head_expires_ms is known
    WallTimeMs head_expires_ms = no_expiry;
  };
  enum class Step : std::uint8_t { done, idle, load };
  struct Dead {
    QueuePosition position;
    std::uint32_t body_size = 0;
    DeathReason reason = DeathReason::rejected;
  };

  // queue.cc
  std::uint64_t ready_count() const;
  std::uint64_t ready_bytes() const;
  bool is_over_limits() const;
  std::optional<QueuePosition> head_of(std::uint8_t level) const;
  // Of the highest level that has something ready.
  std::optional<QueuePosition> head();
  // Whether it had been handed out before.
  bool take_head(QueuePosition position);
  void put_back(QueuePosition position);
  bool has_work();
  void wake();
  void wake_if_needed() {
    if (!is_running_ && has_work()) wake();
  }

  // queue_dispatch.cc
  void run();
  Step turn(MonotonicTime until);
  Step step();
  Step deliver(QueueConsumer& consumer, QueuePosition position, const StoredMessage& stored);
  Step examine_heads();
  QueueConsumer* next_consumer();
  struct HandedOut {
    bool is_redelivered = false;
    std::uint32_t failures = 0;
    std::uint64_t lease_number = 0;
  };
  // To a consumer, or to whoever asked (null).
  HandedOut hand_out(QueueConsumer* consumer, QueuePosition position, std::size_t body_size,
                     bool is_auto_ack);
  static Task<void> load_and_run(std::shared_ptr<Queue> self, QueuePosition position);
  // A damaged message is settled, and said. Errors: io_error, not_found.
  Task<Result<>> load(QueuePosition position);
  void wait_for_shared_credit(QueueConsumer& consumer);

  // queue_expiry.cc
  WallTimeMs expiry_of(const MessageView& message) const;
  bool is_expired(const MessageView& message, QueuePosition position, bool can_deliver) const;
  // From the head. Idle: too many dead messages are on their way already.
  Step drop(QueuePosition position, std::size_t body_size, DeathReason reason);
  void schedule(MonotonicTime when);
  void schedule_wall(WallTimeMs when_ms);
  void on_timer();
  void check_unused();
  void check_leases();
  void end_late_consumer(QueueConsumer& consumer);
  void begin_unused();

  // queue_dead_letters.cc
  // A message that is neither ready nor leased.
  void die(QueuePosition position, std::size_t body_size, DeathReason reason);
  void start_moving();
  static Task<void> move_dead(std::shared_ptr<Queue> self);
  Task<Result<>> move_batch(std::vector<Dead> batch);
  std::vector<Dead> next_dead();
  // Nothing: it can't be read, and is gone.
  Task<Result<std::optional<DeadLetter>>> read_letter(Dead dead);

  // queue_consumers.cc
  bool may_be_served(const QueueConsumer& consumer) const;
  void put_in_turn(QueueConsumer& consumer);
  void give_credit_back(QueueConsumer* consumer);
  void choose_active();
  void forget_if_done(QueueConsumer& consumer);

  // queue_leases.cc
  Result<std::shared_ptr<QueueConsumer>> enter(Lessee& lessee, std::uint32_t most);
  std::vector<LeasedMessage> leave(const std::shared_ptr<QueueConsumer>& consumer,
                                   std::vector<GotMessage>& messages, Duration duration);
  void content_lessees();
  std::uint64_t lease_to(QueueConsumer& consumer, QueuePosition position);
  bool can_lease_to(const QueueConsumer& consumer) const {
    return !consumer.options.lease || timed_leases_.size() < timed_leases_max;
  }
  void serve_leasing();
  void end_lease(const Settlement& settlement);
  void check_timed_leases();

  // queue_picks.cc
  bool is_ready(QueuePosition position) const;

  // queue_settle.cc
  void settle_one(const Settlement& settlement);
  void fail_delivery(QueuePosition position, std::size_t body_size);

  // queue_purge.cc
  std::vector<std::vector<QueueStore::Kept>> leased();

  // queue_reads.cc
  std::unexpected<Error> gone() const;
  GotMessage got(QueuePosition position, const MessageView& message) const;
  // In the order of delivery.
  std::vector<QueuePosition> ready_positions(std::uint32_t count) const;

  QueueHost& host_;
  QueueStore& store_;
  QueuePtr info_;
  std::vector<Level> levels_;
  std::size_t top_level_ = 0;  // no level above has something ready
  LeaseTable leases_;
  TimedLeases timed_leases_;  // of the leases
  std::uint64_t lease_number_ = 0;
  bool has_refused_leases_ = false;  // there were too many
  std::vector<Lessee*> lessees_;     // that wait
  std::uint32_t leaving_ = 0;        // of the leases
  std::uint32_t picked_ = 0;         // of those: perhaps not below `fresh`

  std::vector<std::shared_ptr<QueueConsumer>> consumers_;        // in the order in which they came
  std::vector<std::shared_ptr<QueueConsumer>> ended_consumers_;  // that have something unsettled
  ConsumerTurns turns_;
  QueueConsumer* active_ = nullptr;  // of a queue with a single active consumer
  bool is_draining_ = false;         // the active one makes place for a higher priority

  // Leased as leaving; bounded by dead_max for those from the head, by what was leased for others.
  std::vector<Dead> dead_;
  std::vector<DeadLetter> refused_;
  std::size_t refused_bytes_ = 0;
  bool is_moving_ = false;
  MonotonicTime retry_at_ = never;  // of moving or reading after an error

  WallTimeMs now_ms_ = 0;  // of this turn
  MonotonicTime now_;      // the same
  QueuePosition to_load_;
  bool is_running_ = false;    // a turn is posted, or waits for the disk
  bool is_unexamined_ = true;  // the head of a level may have changed since examine_heads()
  bool is_being_deleted_ = false;
  bool is_being_purged_ = false;
  bool is_ended_ = false;
  bool is_unwanted_ = false;  // auto-delete, and the last consumer is gone
  io::TimerId timer_ = io::TimerId::none;
  MonotonicTime timer_at_ = never;
  MonotonicTime unused_since_;

  std::uint64_t delivered_ = 0;
  std::uint64_t settled_ = 0;
  std::uint64_t returned_ = 0;
};

}  // namespace koine::core
