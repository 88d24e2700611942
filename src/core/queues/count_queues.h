// count_queues: the counts of many queues at once: one call for each shard, in parts, so that counting a hundred thousand of them
// keeps nobody waiting.
#pragma once

#include <optional>
#include <vector>

#include "base/task.h"
#include "core/queues/queue_client.h"

namespace koine::core {

class Engine;

// In the order of the queues; nothing: it is gone. `here` outlives the task.
Task<std::vector<std::optional<QueueCounts>>> count_queues(Engine& here,
                                                           std::vector<QueuePtr> queues);

}  // namespace koine::core
