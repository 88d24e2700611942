// Which partition a record without a chosen one goes to: that of its key, as Kafka's Java client chooses it, so that the
// same key meets the same partition from either.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace koine::cli {

// MurmurHash 2, 32 bits, with the seed that Kafka's clients use.
std::uint32_t murmur2(ByteView bytes);

std::int32_t partition_of_key(ByteView key, std::int32_t partition_count);

}  // namespace koine::cli
