// Topic: a name, an id, settings, and the logs of its partitions. Plain data; every shard has a copy of all of them in
// its Catalog.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/units.h"

namespace koine::core {

// Random, never used again (a UUID, RFC 9562 version 4).
struct TopicId {
  std::array<std::byte, 16> bytes{};
  auto operator<=>(const TopicId&) const = default;
};

// Whose clock a record's timestamp is.
enum class TimestampSource : std::uint8_t { producer, append };

inline constexpr std::int64_t unlimited = -1;

struct TopicSettings {
  std::int64_t retention_ms = 7LL * 24 * 3600 * 1000;  // unlimited, or at least 0
  std::int64_t retention_bytes = unlimited;            // per partition
  std::int32_t message_bytes_max =
      1'048'588;  // a record batch as it arrives; at most 16 MiB - 1 KiB
  TimestampSource timestamp_source = TimestampSource::producer;
  // How far a producer's timestamp may lie before or after the clock.
  std::int64_t timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t timestamp_after_max_ms = std::numeric_limits<std::int64_t>::max();
  bool operator==(const TopicSettings&) const = default;
};

struct Topic {
  std::string name;
  TopicId id;
  TopicSettings settings;
  // Settings that were given, not defaulted; one bit each in the order of TopicSettings' fields.
  std::uint32_t settings_given = 0;
  // By partition id; the shard is in the log id (journal::shard_of).
  std::vector<LogId> partitions;
};

// Immutable: a change replaces the topic.
using TopicPtr = std::shared_ptr<const Topic>;

// The largest batch that a topic's settings may allow: fits a journal entry and a request.
inline constexpr std::int32_t message_bytes_limit = 16 * 1024 * 1024 - 1024;
inline constexpr std::uint32_t all_settings = (1U << 6U) - 1;

// Each setting in its range; the error names the setting, what was found and what is allowed (invalid_argument).
Result<> check_settings(const TopicSettings& settings);

// 1 to 249 characters of [a-zA-Z0-9._-], not "." or "..": what Kafka accepts.
bool is_valid_topic_name(std::string_view name);

}  // namespace koine::core
