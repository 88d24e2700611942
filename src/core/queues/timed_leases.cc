#include "core/queues/timed_leases.h"

#include "base/check.h"

namespace koine::core {

void TimedLeases::add(QueuePosition position, std::uint64_t number, MonotonicTime deadline) {
  CHECK(leases_.try_emplace(position, Held{number, deadline}).second);
  by_deadline_.emplace(deadline, position);
}

bool TimedLeases::is_held(QueuePosition position, std::uint64_t number) const {
  const auto found = leases_.find(position);
  return found != leases_.end() && found->second.number == number;
}

void TimedLeases::extend(QueuePosition position, MonotonicTime deadline) {
  Held& held = leases_.at(position);
  by_deadline_.erase({held.deadline, position});
  held.deadline = deadline;
  by_deadline_.emplace(deadline, position);
}

void TimedLeases::remove(QueuePosition position) {
  const auto found = leases_.find(position);
  if (found == leases_.end()) return;
  by_deadline_.erase({found->second.deadline, position});
  leases_.erase(found);
}

void TimedLeases::clear() {
  leases_.clear();
  by_deadline_.clear();
}

MonotonicTime TimedLeases::next_deadline() const {
  return by_deadline_.empty() ? never : by_deadline_.begin()->first;
}

std::optional<QueuePosition> TimedLeases::next_late(MonotonicTime now) const {
  if (next_deadline() > now) return std::nullopt;
  return by_deadline_.begin()->second;
}

}  // namespace koine::core
