// What the command line asks about a topic before it produces or consumes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "cli/kafka_client.h"

namespace koine::cli {

enum class Creation : std::uint8_t { never, as_configured };

// The number of the topic's partitions. Errors: what the server says, as UNKNOWN_TOPIC_OR_PARTITION.
Task<Result<std::int32_t>> partition_count_of(KafkaClient& client, std::string topic,
                                              Creation creation);

// What ListOffsets takes instead of a time.
inline constexpr std::int64_t latest_offset = -1;
inline constexpr std::int64_t earliest_offset = -2;

// For each partition the offset of the first record at or after the time (milliseconds), or of the two above. Where
// there is no such record: the end.
Task<Result<std::vector<std::int64_t>>> offsets_at(KafkaClient& client, std::string topic,
                                                   std::vector<std::int32_t> partitions,
                                                   std::int64_t time);

}  // namespace koine::cli
