#include "core/stream_counts.h"

#include <fmt/format.h>

#include <vector>

#include "core/engine.h"
#include "core/on_owners.h"
#include "core/queues/shard_queues.h"

namespace koine::core {
namespace {

struct Counted {
  LogId log;
};

// Nothing: the partition is gone.
Task<std::vector<std::optional<std::uint64_t>>> count_records(Engine& owner,
                                                              std::vector<Counted> partitions) {
  std::vector<std::optional<std::uint64_t>> counts;
  for (const Counted& each : partitions) {
    const auto partition = owner.partition(each.log);
    counts.emplace_back();
    if (partition == nullptr || partition->is_removed()) continue;
    counts.back() =
        static_cast<std::uint64_t>(partition->high_watermark() - partition->start_offset());
  }
  co_return counts;
}

Task<std::uint32_t> count_readers(Engine& there, std::string topic) {
  co_return there.live_queues().stream_count(topic);
}

}  // namespace

Task<Result<QueueCounts>> count_stream(Engine& here, TopicPtr topic,
                                       std::optional<PartitionId> partition) {
  std::vector<Counted> counted;
  for (std::size_t n = 0; n < topic->partitions.size(); ++n) {
    const bool is_wanted = !partition || static_cast<std::size_t>(partition->value()) == n;
    if (is_wanted) counted.push_back({topic->partitions[n]});
  }
  const auto records = co_await on_owners(here, std::move(counted), &count_records);
  QueueCounts counts;
  for (const auto& count : records) {
    if (!count) co_return fail(ErrorCode::not_found, fmt::format("no topic '{}'", topic->name));
    counts.ready += *count;
  }
  for (Engine* engine : here.all()) {
    counts.consumers += co_await runtime::call_on<std::uint32_t>(
        here.shard(), engine->shard(),
        [engine, name = topic->name] { return count_readers(*engine, name); });
  }
  co_return counts;
}

}  // namespace koine::core
