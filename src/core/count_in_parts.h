// count_in_parts: counts something of many logs, each on the shard that owns it, a part at a time: others of this shard go on
// between two parts. What is gone meanwhile has no counts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/task.h"
#include "core/engine.h"
#include "core/on_owners.h"
#include "io/delay.h"

namespace koine::core {

struct CountedLog {
  LogId log;
};

// In the order of the logs; `count` is on_owners' work.
template <typename Counts>
Task<std::vector<std::optional<Counts>>> count_in_parts(
    Engine& here, std::vector<LogId> logs, OwnerWork<CountedLog, std::optional<Counts>> count) {
  // A part takes well below a millisecond.
  constexpr std::size_t part_size = 2048;
  std::vector<std::optional<Counts>> counts;
  counts.reserve(logs.size());
  for (std::size_t first = 0; first < logs.size(); first += part_size) {
    if (first > 0) co_await io::Delay(here.shard().reactor(), here.shard().now());
    std::vector<CountedLog> part;
    const std::size_t end = std::min(logs.size(), first + part_size);
    for (std::size_t n = first; n < end; ++n) part.push_back({logs[n]});
    const auto counted =
        co_await on_owners<CountedLog, std::optional<Counts>>(here, std::move(part), count);
    counts.insert(counts.end(), counted.begin(), counted.end());
  }
  co_return counts;
}

}  // namespace koine::core
