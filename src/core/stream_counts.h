// What of a topic is there to be read as a stream, and by how many (StreamSubscription), over all shards.
#pragma once

#include <optional>

#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/queues/queue_client.h"
#include "core/topic.h"

namespace koine::core {

class Engine;

// `ready`: records of the partition, or of all, durable and not removed. `consumers` are those of the whole topic. Errors: not_found.
Task<Result<QueueCounts>> count_stream(Engine& here, TopicPtr topic,
                                       std::optional<PartitionId> partition);

}  // namespace koine::core
