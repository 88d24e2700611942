// Topics as JSON, out and in: the names of their settings, in one place.
//
//   {"name": "orders", "id": "3f9a1c02-...", "partitions": 3, "retention_ms": 604800000, "retention_bytes": -1, ...}
//
// -1: without a limit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/count_partitions.h"
#include "core/topic.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/json_writer.h"

namespace koine::http {

// What a client asks a topic to be: what it does not name stays as it is.
struct TopicWish {
  std::optional<std::uint32_t> partitions;
  core::TopicSettings settings;
  std::uint32_t settings_given = 0;  // one bit each, as in core::Topic
};
// Problems: bad_request, naming the field; whether the values are in their ranges is core's to say.
Outcome<TopicWish> read_topic(JsonObject& fields);

// What a topic is, besides what is in it.
void write_topic(JsonWriter& json, const core::Topic& topic);
// "records", "bytes": the sums; of a partition that is gone nothing.
void write_sums(JsonWriter& json, const std::vector<std::optional<core::PartitionCounts>>& counts);

}  // namespace koine::http
