#include "core/count_partitions.h"

#include <utility>

#include "core/count_in_parts.h"
#include "core/engine.h"
#include "core/partition.h"

namespace koine::core {
namespace {

Task<std::vector<std::optional<PartitionCounts>>> count_here(Engine& owner,
                                                             std::vector<CountedLog> partitions) {
  std::vector<std::optional<PartitionCounts>> counts;
  counts.reserve(partitions.size());
  for (const CountedLog& each : partitions) {
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
  return count_in_parts<PartitionCounts>(here, std::move(partitions), count_here);
}

}  // namespace koine::core
