// Who consumes from queues.
#include <algorithm>
#include <utility>

#include "queue_clients.h"

namespace koine::simulation {
namespace {

using Kind = core::Settlement::Kind;

constexpr std::uint64_t prefetch_max = 60;
constexpr std::uint64_t room_max = 40;
constexpr std::uint64_t published_max = 4;  // in one transaction

}  // namespace

void QueueConsumer::begin_life() {
  subscription_.reset();
  held_.clear();
}

void QueueConsumer::keep(const core::QueuePtr& queue, const Received& what, bool is_auto_ack) {
  const auto id = queues_.received(*queue, what, number_, home_->shard().wall_clock_ms());
  if (!id) return;
  if (is_auto_ack)
    queues_.settling(*id, Kind::ack);
  else
    held_.push_back({.queue = queue, .copy = *id, .position = what.position});
}

// What nobody had before in this life comes in order.
void QueueConsumer::take(const core::Delivery& delivery) {
  // What a dead process still does is seen by nobody.
  if (process_->is_dead()) return;
  if (room_ > 0) --room_;
  const Received what{.position = delivery.position,
                      .message = delivery.message,
                      .is_redelivered = delivery.is_redelivered,
                      .failures = delivery.failed_deliveries};
  keep(consumed_, what, is_auto_ack_);
  Offset& highest = highest_.try_emplace(delivery.position.level, Offset{-1}).first->second;
  if (delivery.position.offset <= highest) queues_.check_returned(*consumed_, delivery.position);
  highest = std::max(highest, delivery.position.offset);
}

void QueueConsumer::on_end(core::SubscriptionEnd) { is_ended_ = true; }

Task<Result<>> QueueConsumer::subscribe(core::Engine& home) {
  const core::QueuePtr queue = choose_queue(home);
  if (queue == nullptr) co_return Result<>{};
  consumed_ = queue;
  // What is on its way from another shard is settled before anybody here knows of it.
  is_auto_ack_ = numbers_.chance(0.2) && &home.owner_of(queue->id()) == &home;
  is_ended_ = false;
  highest_.clear();
  const auto prefetch = static_cast<std::uint32_t>(numbers_.below(prefetch_max));
  const core::ConsumerOptions options{.is_auto_ack = is_auto_ack_, .prefetch = prefetch};
  core::DeliverySink& sink = *this;
  CO_TRY(subscription_, co_await core::Subscription::open(home, queue, options, sink));
  co_return Result<>{};
}

Task<Result<>> QueueConsumer::get(core::Engine& home) {
  const core::QueuePtr queue = choose_queue(home);
  if (queue == nullptr) co_return Result<>{};
  const bool is_auto_ack = numbers_.chance(0.2) && &home.owner_of(queue->id()) == &home;
  CO_TRY(const auto got, co_await home.queue_client().get(queue, is_auto_ack));
  if (!got || process_->is_dead()) co_return Result<>{};
  CO_TRY(const core::MessageView message, core::decode_message(got->stored.view()));
  keep(queue,
       {.position = got->position,
        .message = message,
        .is_redelivered = got->is_redelivered,
        .failures = got->failed_deliveries},
       is_auto_ack);
  co_return Result<>{};
}

std::vector<QueueConsumer::Held> QueueConsumer::pick() {
  std::vector<Held> picked;
  if (held_.empty()) return picked;
  const LogId queue = held_[numbers_.below(held_.size())].queue->id();
  const double share = numbers_.chance(0.3) ? 1.0 : 0.4;
  std::erase_if(held_, [&](const Held& held) {
    if (held.queue->id() != queue || !numbers_.chance(share)) return false;
    picked.push_back(held);
    return true;
  });
  return picked;
}

Kind QueueConsumer::choose_kind() {
  const std::uint64_t choice = numbers_.below(10);
  if (choice < 6) return Kind::ack;
  if (choice < 8) return Kind::requeue;
  return choice < 9 ? Kind::requeue_failed : Kind::dead_letter;
}

core::Settlement QueueConsumer::settle_one(const Held& held, Kind kind) {
  queues_.settling(held.copy, kind);
  const bool is_lost = kind == Kind::ack && queues_.loses_acks();
  return {.position = held.position, .kind = is_lost ? Kind::requeue : kind};
}

Task<Result<>> QueueConsumer::settle(core::Engine& home) {
  struct Sent {
    CopyId copy;
    Kind kind;
    std::uint32_t failures;
  };
  const std::vector<Held> picked = pick();
  if (picked.empty()) co_return Result<>{};
  std::vector<core::Settlement> settlements;
  std::vector<Sent> sent;
  for (const Held& held : picked) {
    const Kind kind = choose_kind();
    settlements.push_back(settle_one(held, kind));
    sent.push_back({held.copy, kind, queues_.copy(held.copy).failures_sent});
  }
  const core::QueuePtr queue = picked.front().queue;
  if (numbers_.coin()) {
    home.queue_client().settle(queue, settlements);
    co_return Result<>{};
  }
  CO_TRY(co_await home.queue_client().settle_durably(queue, std::move(settlements)));
  for (const Sent& each : sent) queues_.settled_durably(each.copy, each.kind, each.failures);
  co_return Result<>{};
}

// Acks, and publishes to queues of the same shard that take everything.
Task<Result<>> QueueConsumer::settle_in_transaction(Process& process, core::Engine& home) {
  const std::vector<Held> picked = pick();
  if (picked.empty()) co_return Result<>{};
  const core::QueuePtr from = picked.front().queue;
  Outgoing outgoing;
  for (std::uint64_t n = numbers_.below(published_max); n > 0; --n) {
    const core::QueuePtr to = choose_queue(home);
    if (to == nullptr || &home.owner_of(to->id()) != &home.owner_of(from->id())) continue;
    if (!queues_.plans().find(to->spec.name.name)->is_patient()) continue;
    // It is one append.
    if (outgoing.batch.bytes().size() > body_bytes_max) break;
    add_to(outgoing, queues_, {&to, 1}, queues_.next_number(), 0, number_,
           home.shard().wall_clock_ms());
  }
  std::vector<core::Settlement> settlements;
  std::vector<CopyId> acked;
  for (const Held& held : picked) {
    settlements.push_back({.position = held.position, .kind = Kind::ack});
    acked.push_back(held.copy);
  }
  outgoing.batch.add_settlements(from->id(), settlements);
  std::vector<CopyId> published_copies;
  for (const auto& copies : outgoing.copies) published_copies.push_back(copies.front());
  const TransactionId transaction =
      queues_.begin_transaction(std::move(acked), std::move(published_copies));
  core::QueueClient& client = home.queue_client();
  auto published = co_await client.publish(std::move(outgoing.batch));
  Result<> outcome;
  if (published) {
    outcome = co_await client.durable(home.owner_of(from->id()).shard().id(), published->commit);
  } else {
    outcome = fail(std::move(published).error());
  }
  if (outcome)
    queues_.committed(transaction);
  else if (!process.is_dead())
    queues_.refused_transaction(transaction);
  co_return outcome;
}

Task<void> QueueConsumer::act(Process& process, core::Engine& home) {
  process_ = &process;
  home_ = &home;
  if (is_ended_) subscription_.reset();
  Result<> outcome;
  const std::uint64_t choice = numbers_.below(20);
  if (subscription_ == nullptr && choice < 8) {
    outcome = co_await subscribe(home);
  } else if (subscription_ != nullptr && choice == 0) {
    co_await subscription_->cancel();
    subscription_.reset();
  } else if (choice < 3) {
    outcome = co_await get(home);
  } else if (choice < 7) {
    outcome = co_await settle_in_transaction(process, home);
  } else {
    outcome = co_await settle(home);
  }
  if (!outcome) check_refusal(process, "consuming", outcome.error());
  if (subscription_ == nullptr || is_ended_) co_return;
  room_ = numbers_.below(room_max);
  if (room_ > 0) subscription_->resume();
}

// What was said arrives before the server stops.
Task<void> QueueConsumer::end_life(core::Engine& home) {
  if (subscription_ != nullptr) co_await subscription_->cancel();
  subscription_.reset();
  for (const QueuePlan& plan : queues_.plans().queues) {
    if (const auto queue = home.catalog().queues().find({"/", plan.name}))
      (void)co_await home.queue_client().counts(queue);
  }
}

}  // namespace koine::simulation
