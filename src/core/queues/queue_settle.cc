// What consumers say of the messages that they were given.

#include "core/queues/queue.h"

namespace koine::core {

void Queue::settle(std::span<const Settlement> settlements) {
  if (is_ended_) return;
  for (const Settlement& settlement : settlements) settle_one(settlement);
  wake_if_needed();
}

void Queue::settle_one(const Settlement& settlement) {
  const QueuePosition position = settlement.position;
  const Lease* found = leases_.find(position);
  if (found == nullptr || found->state != Lease::State::held) return;
  const Lease lease = *leases_.take(position);
  give_credit_back(lease.consumer);
  switch (settlement.kind) {
    case Settlement::Kind::ack:
      store_.settle(position, lease.body_size);
      ++settled_;
      return;
    case Settlement::Kind::requeue:
      ++returned_;
      put_back(position);
      return;
    case Settlement::Kind::requeue_failed: fail_delivery(position, lease.body_size); return;
    case Settlement::Kind::dead_letter:
      die(position, lease.body_size, DeathReason::rejected);
      return;
  }
}

void Queue::fail_delivery(QueuePosition position, std::size_t body_size) {
  const std::uint32_t failures = store_.count_failure(position);
  const auto& limit = info_->spec.settings.delivery_limit;
  if (limit && failures > *limit) {
    die(position, body_size, DeathReason::delivery_limit);
    return;
  }
  ++returned_;
  put_back(position);
}

std::vector<Lease> Queue::begin_leaving(std::span<const QueuePosition> positions) {
  std::vector<Lease> leaving;
  if (is_ended_) return leaving;
  for (const QueuePosition position : positions) {
    Lease* lease = leases_.find(position);
    if (lease == nullptr || lease->state != Lease::State::held) continue;
    QueueConsumer* consumer = lease->consumer;
    lease->consumer = nullptr;
    lease->state = Lease::State::leaving;
    ++leaving_;
    leaving.push_back(*lease);
    give_credit_back(consumer);
  }
  wake_if_needed();
  return leaving;
}

void Queue::finish_leaving(std::span<const Lease> leases, bool is_settled) {
  if (is_ended_) return;
  for (const Lease& lease : leases) {
    if (!leases_.take(lease.position)) continue;
    --leaving_;
    if (is_settled) {
      ++settled_;
    } else {
      ++returned_;
      put_back(lease.position);
    }
  }
  wake_if_needed();
}

}  // namespace koine::core
