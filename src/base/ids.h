// The numbers that name things across layers. Sizes and lifetimes: a LogId and a TopicId are never used
// again after what they named is gone; a ShardId is a position in the list of shards.
#pragma once

#include <cstdint>

#include "base/strong.h"

namespace koine {

// A log of one shard's journal; the high 16 bits are the shard that owns it (see journal/log_id.h).
using LogId = Strong<struct LogIdTag, std::uint64_t>;

// The position of a record in its log, from 0.
using Offset = Strong<struct OffsetTag, std::int64_t>;

// A partition of a topic, from 0.
using PartitionId = Strong<struct PartitionIdTag, std::int32_t>;

// Idempotent producers (Kafka's producer id).
using ProducerId = Strong<struct ProducerIdTag, std::int64_t>;

using ShardId = Strong<struct ShardIdTag, std::uint16_t>;

}  // namespace koine
