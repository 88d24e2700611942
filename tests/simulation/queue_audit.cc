// Reading and emptying all queues.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/engine_logs.h"
#include "core/queues/delayed_message.h"
#include "core/queues/queues.h"
#include "core/record_reader.h"
#include "queue_clients.h"

namespace koine::simulation {
namespace {

constexpr int drain_rounds_max = 1'000;

Task<Result<FoundQueue>> read_here(core::Engine* engine, core::QueuePtr queue) {
  FoundQueue found{.queue = queue, .messages = {}};
  const LogId id = queue->id();
  for (std::size_t n = queue->logs.size(); n-- > 0;) {
    core::QueuePosition at{.level = static_cast<std::uint8_t>(n), .offset = Offset{0}};
    while (core::JournalQueueStore* store = engine->queues().find(id)) {
      const auto next = store->next_unsettled(at);
      if (!next) break;
      at = *next;
      if (const auto stored = store->try_read(at)) {
        std::vector<std::byte> bytes;
        core::encode_message(stored->message, bytes);
        found.messages.push_back(
            {.position = at, .failures = store->failures(at), .stored = std::move(bytes)});
        at.offset = at.offset + 1;
        continue;
      }
      auto loaded = co_await store->load(at);
      store = engine->queues().find(id);
      if (!loaded && store != nullptr && !store->is_settled(at))
        co_return fail(std::move(loaded).error());
    }
  }
  co_return found;
}

// For all queues, dead letter queues last: what dies meanwhile is found there, too.
std::vector<core::QueuePtr> in_order(const core::Engine& home, const QueuePlans& plans) {
  std::vector<core::QueuePtr> queues;
  for (const bool is_dead_queue : {false, true}) {
    for (const QueuePlan& plan : plans.queues) {
      if (plan.is_dead_queue != is_dead_queue) continue;
      if (auto queue = home.catalog().queues().find({"/", plan.name}))
        queues.push_back(std::move(queue));
    }
  }
  return queues;
}

// Takes everything; one queue.
class Drain final : public core::DeliverySink {
 public:
  Drain(core::Engine& home, QueueLedger& ledger, core::QueuePtr queue)
      : home_(home), ledger_(ledger), queue_(std::move(queue)) {}

  Task<Result<>> run();

 private:
  bool has_room() const override { return true; }
  void take(const core::Delivery& delivery) override;
  void on_end(core::SubscriptionEnd) override {}
  // Dead letters are on their way: neither ready nor unsettled. All shards are one thread here.
  bool is_moving() const {
    const core::JournalQueueStore* store = home_.owner_of(queue_->id()).queues().find(queue_->id());
    return store != nullptr && store->message_count() != settlements_.size();
  }

  core::Engine& home_;
  QueueLedger& ledger_;
  core::QueuePtr queue_;
  std::vector<CopyId> copies_;
  std::vector<core::Settlement> settlements_;
};

void Drain::take(const core::Delivery& delivery) {
  const auto id = ledger_.received(*queue_,
                                   {.position = delivery.position,
                                    .message = delivery.message,
                                    .is_redelivered = delivery.is_redelivered,
                                    .failures = delivery.failed_deliveries},
                                   0, home_.shard().wall_clock_ms());
  if (id) copies_.push_back(*id);
  settlements_.push_back({.position = delivery.position});
}

Task<Result<>> Drain::run() {
  core::QueueClient& client = home_.queue_client();
  core::DeliverySink& sink = *this;
  CO_TRY(auto subscription, co_await core::Subscription::open(home_, queue_, {}, sink));
  subscription->resume();
  bool is_empty = false;
  core::QueueCounts counts;
  for (int n = 0; n < drain_rounds_max && !is_empty; ++n) {
    co_await home_.shard().sleep_for(std::chrono::milliseconds(1));
    CO_TRY(counts, co_await client.counts(queue_));
    is_empty = counts.ready == 0 && counts.unsettled == settlements_.size() && !is_moving();
  }
  co_await subscription->cancel();
  if (!is_empty) {
    co_return fail(
        ErrorCode::timed_out,
        fmt::format("queue {} is not delivered to its end: got {} messages, {} are ready, {} "
                    "unsettled{}",
                    queue_->spec.name.name, settlements_.size(), counts.ready, counts.unsettled,
                    is_moving() ? ", others on their way" : ""));
  }
  for (const CopyId id : copies_) ledger_.settling(id, core::Settlement::Kind::ack);
  CO_TRY(co_await client.settle_durably(queue_, std::move(settlements_)));
  for (const CopyId id : copies_) ledger_.settled_durably(id, core::Settlement::Kind::ack, 0);
  co_return Result<>{};
}

}  // namespace

Task<Result<std::vector<FoundQueue>>> read_queues(core::Engine& home, const QueuePlans& plans) {
  std::vector<FoundQueue> found;
  for (const core::QueuePtr& queue : in_order(home, plans)) {
    core::Engine& owner = home.owner_of(queue->id());
    CO_TRY(auto one, co_await runtime::call_on<Result<FoundQueue>>(
                         home.shard(), owner.shard(),
                         [engine = &owner, queue] { return read_here(engine, queue); }));
    found.push_back(std::move(one));
  }
  // All shards are one thread here.
  for (FoundQueue& queue : found) {
    const LogId id = queue.queue->id();
    const core::JournalQueueStore* store = home.owner_of(id).queues().find(id);
    for (FoundMessage& message : queue.messages)
      message.has_left = store == nullptr || store->is_settled(message.position);
  }
  co_return found;
}

namespace {

Result<> add_records(const FoundBatch& batch, FoundQueue& found) {
  static constexpr std::array<std::byte, 2> no_properties{};
  TRY(auto reader, core::RecordReader::open(batch.body.view(), 16 * MiB));
  while (true) {
    TRY(const auto record, reader.next());
    if (!record) return {};
    FoundMessage message{.position = {.level = 0, .offset = record->offset}, .stored = {}};
    core::encode_message({.properties = no_properties, .body = record->value.value_or(ByteView())},
                         message.stored);
    found.messages.push_back(std::move(message));
  }
}

}  // namespace

Task<Result<std::vector<FoundQueue>>> read_records(core::Engine& home, QueueLedger& ledger) {
  std::vector<FoundQueue> found;
  for (const TopicPlan& plan : ledger.plans().topics) {
    const core::TopicPtr topic = home.catalog().find(plan.name);
    for (std::size_t n = 0; topic != nullptr && n < topic->partitions.size(); ++n) {
      CO_TRY(const FoundPartition partition, co_await read_partition(home, topic->partitions[n]));
      FoundQueue records{.queue = ledger.partition_of(*topic, n), .messages = {}};
      for (const FoundBatch& batch : partition.batches) CO_TRY(add_records(batch, records));
      found.push_back(std::move(records));
    }
  }
  co_return found;
}

// Slots of far times first: their messages go to nearer ones.
Task<Result<std::vector<WaitingMessage>>> read_waiting(core::Engine& home) {
  std::vector<WaitingMessage> waiting;
  for (core::Engine* owner : home.all()) {
    const ShardId shard = owner->shard().id();
    CO_TRY(auto found,
           co_await runtime::call_on<Result<FoundQueue>>(home.shard(), owner->shard(), [owner] {
             const LogId id = core::delayed_log_id(owner->shard().id(), 0);
             return read_here(owner, owner->queues().find(id)->info());
           }));
    for (const FoundMessage& each : found.messages) {
      CO_TRY(const core::MessageView stored, core::decode_message(each.stored));
      CO_TRY(const core::HeldMessage held, core::read_held(stored));
      const auto number = message_number_in(held.message.body);
      if (!number) co_return fail(ErrorCode::corrupt, "a delayed message that nobody sent");
      waiting.push_back({.shard = shard, .position = each.position, .number = *number});
    }
  }
  co_return waiting;
}

std::set<MessageNumber> still_waiting(core::Engine& home,
                                      const std::vector<WaitingMessage>& waiting) {
  std::set<MessageNumber> numbers;
  for (const WaitingMessage& each : waiting) {
    core::Engine& owner = *home.all()[each.shard.value()];
    const auto* store = owner.queues().find(core::delayed_log_id(each.shard, 0));
    if (!store->is_settled(each.position)) numbers.insert(each.number);
  }
  return numbers;
}

Task<Result<>> drain_queues(core::Engine& home, QueueLedger& ledger) {
  for (const core::QueuePtr& queue : in_order(home, ledger.plans())) {
    Drain drain(home, ledger, queue);
    CO_TRY(co_await drain.run());
  }
  ledger.drained();
  co_return Result<>{};
}

}  // namespace koine::simulation
