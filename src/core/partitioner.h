// Which partition a record without a chosen one goes to: that of its key, as Kafka's Java client chooses it, so that the
// same key meets the same partition from either. Plain functions, any shard.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/ids.h"
#include "core/topic.h"

namespace koine::core {

// MurmurHash 2, 32 bits, with the seed that Kafka's clients use.
std::uint32_t murmur2(ByteView bytes);

std::int32_t partition_of_key(ByteView key, std::int32_t partition_count);

// The log of the partition of that key; without a key that of `spread`, which the caller changes from time to time.
LogId partition_for(const Topic& topic, std::optional<ByteView> key, std::uint32_t spread);

}  // namespace koine::core
