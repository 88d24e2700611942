// What is known of leases over time: each is exclusive until its deadline, and has a number of its own.
#include <fmt/format.h>

#include <algorithm>

#include "queue_ledger.h"

namespace koine::simulation {

void QueueLedger::leased(CopyId id, std::uint64_t number, WallTimeMs until_ms) {
  MessageCopy& copy = copies_[id];
  if (!lease_numbers_.emplace(copy.queue, number).second)
    violation(id, fmt::format("is leased with number {}, which another lease had", number));
  copy.lease = {.number = number, .until_ms = until_ms};
}

bool QueueLedger::has_lease(CopyId id, std::uint64_t number) const {
  const MessageCopy& copy = copies_[id];
  return copy.lease && copy.lease->number == number;
}

void QueueLedger::extending(CopyId id, WallTimeMs until_ms) {
  auto& lease = copies_[id].lease;
  lease->until_ms = std::min(lease->until_ms, until_ms);
}

void QueueLedger::lapse(CopyId id) { settling(id, core::Settlement::Kind::requeue_failed); }

void QueueLedger::lapse_if_late(CopyId id, WallTimeMs now_ms) {
  const auto& lease = copies_[id].lease;
  if (lease && lease->until_ms <= now_ms) lapse(id);
}

void QueueLedger::lost_lease(CopyId id, std::uint64_t number, WallTimeMs now_ms) {
  if (!has_lease(id, number)) return;
  const MessageCopy& copy = copies_[id];
  if (now_ms < copy.lease->until_ms && !is_deleted(copy.queue))
    violation(id, "was leased, and is not any more before the time");
  lapse(id);
}

}  // namespace koine::simulation
