// Leases that no connection holds: given out in turn with consumers, settled by number, and back when they are late.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/queues/lessee.h"
#include "core/queues/message.h"
#include "core/queues/queue.h"
#include "core/queues/queue_limits.h"

namespace koine::core {

namespace {

// When there were too many: not with each that ends, but when there is room for some.
constexpr std::size_t leases_to_go_on = timed_leases_max / 16 * 15;

}  // namespace

void Lessee::take(const Delivery& delivery) {
  std::vector<std::byte> stored;
  encode_message(delivery.message, stored);
  bytes_ += stored.size();
  messages_.push_back({.position = delivery.position,
                       .is_redelivered = delivery.is_redelivered,
                       .failed_deliveries = delivery.failed_deliveries,
                       .stored = Bytes::copy_of(stored)});
  if (is_full()) finish();
}

void Lessee::finish() {
  is_done_ = true;
  changed_.notify_all();
}

Result<std::shared_ptr<QueueConsumer>> Queue::enter(Lessee& lessee, std::uint32_t most) {
  if (timed_leases_.size() + most > timed_leases_max) {
    return fail(ErrorCode::unavailable,
                fmt::format("queue {}: {} messages are leased, and no more than {} may be",
                            info_->spec.name.name, timed_leases_.size(), timed_leases_max));
  }
  ConsumerOptions options{.tag = "lease", .connection = {}};
  options.prefetch = most;
  TRY(auto consumer, add_consumer(std::move(options), lessee));
  consumer->is_passing = true;
  lessees_.push_back(&lessee);
  resume(*consumer);
  return consumer;
}

Task<Result<std::vector<LeasedMessage>>> Queue::lease(std::shared_ptr<LeaseCall> call,
                                                      LeaseRequest request) {
  const auto self = shared_from_this();
  Lessee lessee(host_.reactor(), request.messages_max);
  CO_TRY(const auto consumer, enter(lessee, request.messages_max));
  call->lessee = &lessee;
  if (call->is_cancelled) lessee.finish();
  const MonotonicTime deadline = host_.reactor().now() + request.wait;
  // What is ready takes a turn, or the disk's time, to come.
  const bool is_patient = request.wait > Duration::zero();
  while (!lessee.is_done() && (is_patient || is_running_)) {
    const auto wake = co_await lessee.changed().wait(is_patient ? deadline : never);
    if (wake == runtime::Wake::timed_out) break;
  }
  call->lessee = nullptr;
  std::erase(lessees_, &lessee);
  if (is_ended_) co_return gone();
  co_return leave(consumer, lessee.messages(), request.duration);
}

// Its messages are leased for a time now, to nobody.
std::vector<LeasedMessage> Queue::leave(const std::shared_ptr<QueueConsumer>& consumer,
                                        std::vector<GotMessage>& messages, Duration duration) {
  const MonotonicTime deadline = host_.reactor().now() + duration;
  std::vector<LeasedMessage> leased;
  cancel(consumer);
  for (GotMessage& message : messages) {
    Lease* const lease = leases_.find(message.position);
    if (lease == nullptr || lease->consumer != consumer.get()) continue;
    lease->consumer = nullptr;
    lease->state = Lease::State::timed;
    give_credit_back(consumer.get());
    timed_leases_.add(message.position, ++lease_number_, deadline);
    leased.push_back({std::move(message), lease_number_});
  }
  if (!leased.empty()) schedule(deadline);
  return leased;
}

// Nothing more can be handed out now: who has something goes, who has nothing and does not wait goes, too.
void Queue::content_lessees() {
  for (Lessee* lessee : lessees_) {
    if (lessee->has_any()) {
      lessee->finish();
    } else {
      lessee->changed().notify_all();
    }
  }
}

std::vector<bool> Queue::settle_leases(std::span<const LeaseSettlement> settlements) {
  std::vector<bool> was_held;
  for (const LeaseSettlement& each : settlements) {
    const QueuePosition position = each.settlement.position;
    const bool is_held = !is_ended_ && timed_leases_.is_held(position, each.number);
    was_held.push_back(is_held);
    if (is_held) end_lease(each.settlement);
  }
  wake_if_needed();
  return was_held;
}

bool Queue::hold_lease(QueuePosition position, std::uint64_t number) {
  if (is_ended_ || !timed_leases_.is_held(position, number)) return false;
  timed_leases_.remove(position);
  Lease* const lease = leases_.find(position);
  if (lease == nullptr) return false;
  lease->state = Lease::State::held;
  if (lease->consumer != nullptr) lease->consumer->leased.erase(position);
  return true;
}

void Queue::end_lease(const Settlement& settlement) {
  timed_leases_.remove(settlement.position);
  if (Lease* const lease = leases_.find(settlement.position)) {
    lease->state = Lease::State::held;
    if (lease->consumer != nullptr) lease->consumer->leased.erase(settlement.position);
    settle_one(settlement);
  }
  if (has_refused_leases_ && timed_leases_.size() <= leases_to_go_on) serve_leasing();
}

std::uint64_t Queue::lease_to(QueueConsumer& consumer, QueuePosition position) {
  const MonotonicTime deadline = now_ + *consumer.options.lease;
  leases_.find(position)->state = Lease::State::timed;
  timed_leases_.add(position, ++lease_number_, deadline);
  consumer.leased.insert(position);
  --consumer.credit;
  schedule(deadline);
  return lease_number_;
}

void Queue::add_credit(QueueConsumer& consumer, std::uint32_t count) {
  consumer.credit += count;
  if (is_ended_) return;
  put_in_turn(consumer);
  wake_if_needed();
}

void Queue::return_leases(QueueConsumer& consumer, Settlement::Kind kind) {
  if (is_ended_) return;
  const auto itself = consumer.shared_from_this();
  const std::set<QueuePosition> leased = consumer.leased;
  for (const QueuePosition position : leased) end_lease({position, kind});
  wake_if_needed();
}

// There is room for leases again.
void Queue::serve_leasing() {
  has_refused_leases_ = false;
  for (const auto& consumer : consumers_) {
    if (consumer->options.lease) put_in_turn(*consumer);
  }
}

bool Queue::extend_lease(QueuePosition position, std::uint64_t number, Duration duration) {
  if (is_ended_ || !timed_leases_.is_held(position, number)) return false;
  const MonotonicTime deadline = host_.reactor().now() + duration;
  timed_leases_.extend(position, deadline);
  schedule(deadline);
  return true;
}

Task<Result<std::optional<GotMessage>>> Queue::leased_message(QueuePosition position,
                                                              std::uint64_t number) {
  const auto self = shared_from_this();
  while (is_leased(position, number)) {
    if (const auto stored = store_.try_read(position)) co_return got(position, stored->message);
    CO_TRY(co_await load(position));
  }
  co_return std::nullopt;
}

// As when a consumer dies: marked redelivered, and counted against the delivery limit.
void Queue::check_timed_leases() {
  while (const auto late = timed_leases_.next_late(now_)) {
    end_lease({.position = *late, .kind = Settlement::Kind::requeue_failed});
  }
  const MonotonicTime next = timed_leases_.next_deadline();
  if (next != never) schedule(next);
}

}  // namespace koine::core
