#include "core/count_partitions.h"

#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/on_owners.h"
#include "core/partition.h"
#include "io/delay.h"

namespace koine::core {
namespace {

// A part takes well below a millisecond.
constexpr std::size_t part_size = 2048;

struct Counted {
  LogId log;
};

Task<std::vector<std::optional<PartitionCounts>>> count_here(Engine& owner,
                                                             std::vector<Counted> partitions) {
  std::vector<std::optional<PartitionCounts>> counts;
  counts.reserve(partitions.size());
  for (const Counted& each : partitions) {
    const auto partition = owner.partition(each.log);
    if (partition == nullptr || partition->is_removed()) {
      counts.emplace_back(std::nullopt);
    } else {
      counts.push_back(PartitionCounts{.start = partition->start_offset(),
                                       .end = partition->high_watermark(),
                                       .bytes = partition->body_bytes()});
    }
  }
  co_return counts;
}

}  // namespace

Task<std::vector<std::optional<PartitionCounts>>> count_partitions(Engine& here,
                                                                   std::vector<LogId> partitions) {
  std::vector<std::optional<PartitionCounts>> counts;
  counts.reserve(partitions.size());
  for (std::size_t first = 0; first < partitions.size(); first += part_size) {
    // Others of this shard go on between two parts.
    if (first > 0) co_await io::Delay(here.shard().reactor(), here.shard().now());
    std::vector<Counted> part;
    const std::size_t end = std::min(partitions.size(), first + part_size);
    for (std::size_t n = first; n < end; ++n) part.push_back({partitions[n]});
    const auto counted = co_await on_owners<Counted, std::optional<PartitionCounts>>(
        here, std::move(part), count_here);
    counts.insert(counts.end(), counted.begin(), counted.end());
  }
  co_return counts;
}

}  // namespace koine::core
