// TimerQueue: callbacks ordered by time, for reactors; thousands of them are cheap.
//
// One thread. Callbacks of the same time run in the order in which they were added. Adding and cancelling are
// O(log n); a cancelled callback is destroyed at once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/units.h"
#include "io/reactor.h"

namespace koine::io {

class TimerQueue {
 public:
  TimerId add(MonotonicTime when, Callback callback);
  // A timer that has run or was cancelled is ignored.
  void cancel(TimerId timer);

  bool empty() const { return callbacks_.empty(); }
  std::size_t size() const { return callbacks_.size(); }
  // `never` if there is none.
  MonotonicTime earliest() const;
  // Removes the first callback whose time is at or before `now`.
  std::optional<Callback> take_due(MonotonicTime now);

 private:
  using Key = std::pair<MonotonicTime, std::uint64_t>;

  std::map<Key, Callback> callbacks_;
  std::unordered_map<std::uint64_t, MonotonicTime> times_;
  std::uint64_t last_id_ = 0;
};

}  // namespace koine::io
