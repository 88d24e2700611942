// TimedLeases: leases over time: each has a deadline and a number that says who may settle it; when the deadline passes
// the message goes back. What HTTP leases are, SQS's messages in flight, and what consumers have that lease. In memory, beside the LeaseTable, which knows
// that the message is not ready; at most timed_leases_max of a queue.
//
//   LeaseTable   position -> timed        TimedLeases   position -> number, deadline       by deadline: the next to end
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/units.h"
#include "core/queues/settlement.h"

namespace koine::core {

class TimedLeases {
 public:
  std::size_t size() const { return leases_.size(); }

  // Not there yet.
  void add(QueuePosition position, std::uint64_t number, MonotonicTime deadline);
  // Whether the message is still with who got it under that number.
  bool is_held(QueuePosition position, std::uint64_t number) const;
  // One that is held.
  void extend(QueuePosition position, MonotonicTime deadline);
  void remove(QueuePosition position);
  void clear();

  // The deadline that passes next; never: there is no lease.
  MonotonicTime next_deadline() const;
  // One whose deadline has passed, the oldest first.
  std::optional<QueuePosition> next_late(MonotonicTime now) const;

 private:
  struct Held {
    std::uint64_t number = 0;
    MonotonicTime deadline;
  };
  std::map<QueuePosition, Held> leases_;
  std::set<std::pair<MonotonicTime, QueuePosition>> by_deadline_;
};

}  // namespace koine::core
