// The clients of queues: who declares, publishes and consumes, through the QueueClient of the shard that each works from.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/task.h"
#include "clients.h"
#include "core/queues/queue_client.h"
#include "core/queues/subscription.h"
#include "core/routing/router.h"
#include "queue_ledger.h"

namespace koine::simulation {

class QueueUser : public Client {
 public:
  QueueUser(Ledger& ledger, QueueLedger& queues, const Weather& weather, std::uint64_t seed,
            std::size_t number)
      : Client(ledger, weather, seed), queues_(queues), number_(number) {}

 protected:
  // Some queue that exists, or null.
  core::QueuePtr choose_queue(const core::Engine& home);

  QueueLedger& queues_;
  std::size_t number_;  // among all users
};

// Declares what was planned, deletes some of it again, purges.
class QueueAdministrator final : public QueueUser {
 public:
  using QueueUser::QueueUser;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;
  void begin_life() override { has_declared_ = false; }

 private:
  Task<Result<>> declare_all(core::Engine& home);
  Task<Result<>> make_topic(core::Engine& home, const TopicPlan& plan);
  Task<Result<>> remove(core::Engine& home, core::QueuePtr queue);

  bool has_declared_ = false;  // exchanges and bindings, in this life
};

// Messages on their way to queues of one shard.
struct Outgoing {
  core::PublishBatch batch;
  std::vector<std::vector<CopyId>> copies;  // of each message
};

// Publishes some batches at once, to single queues, to the fanout exchange, and to topics.
class QueuePublisher final : public QueueUser {
 public:
  using QueueUser::QueueUser;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;

 private:
  core::Route choose_route(const core::Engine& home, MessageNumber number);
  void add_message(core::Engine& home, std::map<ShardId, Outgoing>& outgoing);
  void add_record(core::Engine& home, const core::Route& route, MessageNumber number,
                  std::uint8_t priority, std::map<ShardId, Outgoing>& outgoing);
};

// Consumes from one queue after the other, by subscription or one by one, and settles in all ways.
class QueueConsumer final : public QueueUser, private core::DeliverySink {
 public:
  using QueueUser::QueueUser;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;
  void begin_life() override;
  Task<void> end_life(core::Engine& home) override;

 private:
  struct Held {
    core::QueuePtr queue;
    CopyId copy = 0;
    core::QueuePosition position;
  };

  bool has_room() const override { return room_ > 0; }
  void take(const core::Delivery& delivery) override;
  void on_end(core::SubscriptionEnd reason) override;

  void keep(const core::QueuePtr& queue, const Received& what, bool is_auto_ack);
  Task<Result<>> subscribe(core::Engine& home);
  Task<Result<>> get(core::Engine& home);
  // Some of what it has, all of one queue, out of its hands.
  std::vector<Held> pick();
  core::Settlement::Kind choose_kind();
  // As it is sent.
  core::Settlement settle_one(const Held& held, core::Settlement::Kind kind);
  Task<Result<>> settle(core::Engine& home);
  Task<Result<>> settle_in_transaction(Process& process, core::Engine& home);

  std::unique_ptr<core::Subscription> subscription_;
  core::QueuePtr consumed_;
  bool is_auto_ack_ = false;
  bool is_ended_ = false;
  std::uint64_t room_ = 0;
  std::map<std::uint8_t, Offset> highest_;  // of this subscription, by level
  std::vector<Held> held_;
  Process* process_ = nullptr;
  core::Engine* home_ = nullptr;
};

// Adds a message with a new number; the queues are of one shard.
void add_to(Outgoing& outgoing, QueueLedger& ledger, std::span<const core::QueuePtr> queues,
            MessageNumber number, std::uint8_t priority, std::size_t publisher, WallTimeMs now_ms);
// The order of what a publisher sends through one partition is kept on its way; between partitions there is none.
constexpr std::size_t order_through(std::size_t publisher, LogId partition) {
  return (partition.value() + 1) * 1000 + publisher;
}
// What the answer to a batch says of its messages.
void note_published(QueueLedger& ledger, const std::vector<std::vector<CopyId>>& copies,
                    const core::Published& published);

// All messages of all queues, as they are on the disk. Dead letter queues last.
Task<Result<std::vector<FoundQueue>>> read_queues(core::Engine& home, const QueuePlans& plans);
// The same of the topics that have bound queues.
Task<Result<std::vector<FoundQueue>>> read_records(core::Engine& home, QueueLedger& ledger);
// A delayed message that is not due.
struct WaitingMessage {
  ShardId shard;
  core::QueuePosition position;
  MessageNumber number = 0;
};
Task<Result<std::vector<WaitingMessage>>> read_waiting(core::Engine& home);
// Those that wait still; without waiting.
std::set<MessageNumber> still_waiting(core::Engine& home,
                                      const std::vector<WaitingMessage>& waiting);
// Consumes and acks everything; the ledger sees what comes.
Task<Result<>> drain_queues(core::Engine& home, QueueLedger& ledger);

}  // namespace koine::simulation
