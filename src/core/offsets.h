// What a consumer group remembers about a partition: how far it has read.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "base/fields.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/units.h"

namespace koine::core {

struct TopicPartition {
  std::string topic;
  PartitionId partition;
  auto operator<=>(const TopicPartition&) const = default;
};

struct CommittedOffset {
  Offset offset;
  std::int32_t leader_epoch = -1;  // -1: not known
  std::string metadata;            // the client's own words
  WallTimeMs commit_time_ms = 0;
  // Set if the client asked for a retention of its own; else the group's rules decide.
  std::optional<WallTimeMs> expires_at_ms;
  bool operator==(const CommittedOffset&) const = default;
};

using OffsetMap = std::map<TopicPartition, CommittedOffset>;

// The time so much later, or the last one there is.
constexpr WallTimeMs time_after(WallTimeMs start_ms, std::int64_t distance_ms) {
  WallTimeMs sum_ms = 0;
  const bool overflows = __builtin_add_overflow(start_ms, distance_ms, &sum_ms);
  return overflows ? std::numeric_limits<WallTimeMs>::max() : sum_ms;
}

void write(FieldWriter& writer, const TopicPartition& partition);
Result<TopicPartition> read_topic_partition(FieldReader& reader);
void write(FieldWriter& writer, const OffsetMap& offsets);
Result<OffsetMap> read_offsets(FieldReader& reader);

}  // namespace koine::core
