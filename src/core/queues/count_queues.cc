#include "core/queues/count_queues.h"

#include <utility>

#include "core/count_in_parts.h"
#include "core/engine.h"
#include "core/queues/shard_queues.h"

namespace koine::core {

namespace {

Task<std::vector<std::optional<QueueCounts>>> count_here(Engine& owner,
                                                         std::vector<CountedLog> queues) {
  std::vector<std::optional<QueueCounts>> counts;
  counts.reserve(queues.size());
  for (const CountedLog& each : queues) {
    const auto live = owner.live_queues().find(each.log);
    counts.push_back(live != nullptr ? std::optional(live->counts()) : std::nullopt);
  }
  co_return counts;
}

}  // namespace

Task<std::vector<std::optional<QueueCounts>>> count_queues(Engine& here,
                                                           std::vector<QueuePtr> queues) {
  std::vector<LogId> logs;
  logs.reserve(queues.size());
  for (const QueuePtr& queue : queues) logs.push_back(queue->id());
  return count_in_parts<QueueCounts>(here, std::move(logs), count_here);
}

}  // namespace koine::core
