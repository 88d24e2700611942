#include "core/queues/count_queues.h"

#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/on_owners.h"
#include "core/queues/shard_queues.h"
#include "io/delay.h"

namespace koine::core {

namespace {

// A part takes well below a millisecond.
constexpr std::size_t part_size = 2048;

struct Counted {
  LogId log;
};

Task<std::vector<std::optional<QueueCounts>>> count_here(Engine& owner,
                                                         std::vector<Counted> queues) {
  std::vector<std::optional<QueueCounts>> counts;
  counts.reserve(queues.size());
  for (const Counted& each : queues) {
    const auto live = owner.live_queues().find(each.log);
    counts.push_back(live != nullptr ? std::optional(live->counts()) : std::nullopt);
  }
  co_return counts;
}

}  // namespace

Task<std::vector<std::optional<QueueCounts>>> count_queues(Engine& here,
                                                           std::vector<QueuePtr> queues) {
  std::vector<std::optional<QueueCounts>> counts;
  counts.reserve(queues.size());
  for (std::size_t first = 0; first < queues.size(); first += part_size) {
    // Others of this shard go on between two parts.
    if (first > 0) co_await io::Delay(here.shard().reactor(), here.shard().now());
    std::vector<Counted> part;
    const std::size_t end = std::min(queues.size(), first + part_size);
    for (std::size_t n = first; n < end; ++n) part.push_back({queues[n]->id()});
    const auto counted =
        co_await on_owners<Counted, std::optional<QueueCounts>>(here, std::move(part), count_here);
    counts.insert(counts.end(), counted.begin(), counted.end());
  }
  co_return counts;
}

}  // namespace koine::core
