// count_partitions: what is in many partitions at once: one call for each shard, in parts, so that counting a hundred thousand of
// them keeps nobody waiting.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/task.h"

namespace koine::core {

class Engine;

struct PartitionCounts {
  Offset start;
  Offset end;               // of what is durable
  std::uint64_t bytes = 0;  // of batches, as they are stored

  std::int64_t records() const { return end.value() - start.value(); }
};

// In the order of the logs; nothing: it is gone. `here` outlives the task.
Task<std::vector<std::optional<PartitionCounts>>> count_partitions(Engine& here,
                                                                   std::vector<LogId> partitions);

}  // namespace koine::core
