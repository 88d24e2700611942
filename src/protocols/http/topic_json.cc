#include "protocols/http/topic_json.h"

#include <fmt/format.h>

#include <limits>
#include <string>

namespace koine::http {

namespace {

// In the order of TopicSettings' fields, whose bits in settings_given these are.
enum class Setting : std::uint8_t {
  retention_ms,
  retention_bytes,
  message_bytes_max,
  timestamp_source,
  timestamp_before_max_ms,
  timestamp_after_max_ms
};

constexpr std::uint32_t bit(Setting setting) { return 1U << static_cast<unsigned>(setting); }

std::int64_t shown(std::int64_t distance_ms) {
  return distance_ms == std::numeric_limits<std::int64_t>::max() ? core::unlimited : distance_ms;
}

Outcome<> read_number(JsonObject& fields, std::string_view name, Setting setting, TopicWish& wish,
                      std::int64_t& to) {
  TRY(const auto number, fields.optional<std::int64_t>(name));
  if (!number) return {};
  to = *number;
  wish.settings_given |= bit(setting);
  return {};
}

Outcome<> read_distance(JsonObject& fields, std::string_view name, Setting setting, TopicWish& wish,
                        std::int64_t& to) {
  TRY(read_number(fields, name, setting, wish, to));
  if (to == core::unlimited) to = std::numeric_limits<std::int64_t>::max();
  return {};
}

Outcome<> read_message_bytes(JsonObject& fields, TopicWish& wish) {
  TRY(const auto bytes, fields.optional<std::int64_t>("message_bytes_max"));
  if (!bytes) return {};
  if (*bytes < 0 || *bytes > core::message_bytes_limit) {
    return refuse(Status::bad_request,
                  fmt::format("{}.message_bytes_max: found {}, expected 0 to {}", fields.place(),
                              *bytes, core::message_bytes_limit));
  }
  wish.settings.message_bytes_max = static_cast<std::int32_t>(*bytes);
  wish.settings_given |= bit(Setting::message_bytes_max);
  return {};
}

Outcome<> read_timestamp_source(JsonObject& fields, TopicWish& wish) {
  TRY(const auto source, fields.optional<std::string_view>("timestamp_source"));
  if (!source) return {};
  if (*source != "producer" && *source != "append") {
    return refuse(Status::bad_request,
                  fmt::format("{}.timestamp_source: found '{}', expected producer or append",
                              fields.place(), *source));
  }
  wish.settings.timestamp_source =
      *source == "append" ? core::TimestampSource::append : core::TimestampSource::producer;
  wish.settings_given |= bit(Setting::timestamp_source);
  return {};
}

Outcome<> read_partitions(JsonObject& fields, TopicWish& wish) {
  TRY(const auto partitions, fields.optional<std::int64_t>("partitions"));
  if (!partitions) return {};
  if (*partitions < 1 || *partitions > std::numeric_limits<std::int32_t>::max()) {
    return refuse(Status::bad_request, fmt::format("{}.partitions: found {}, expected at least 1",
                                                   fields.place(), *partitions));
  }
  wish.partitions = static_cast<std::uint32_t>(*partitions);
  return {};
}

std::string uuid_of(const core::TopicId& id) {
  std::string text;
  for (std::size_t n = 0; n < id.bytes.size(); ++n) {
    if (n == 4 || n == 6 || n == 8 || n == 10) text += '-';
    text += fmt::format("{:02x}", std::to_integer<unsigned>(id.bytes[n]));
  }
  return text;
}

}  // namespace

Outcome<TopicWish> read_topic(JsonObject& fields) {
  TopicWish wish;
  core::TopicSettings& settings = wish.settings;
  TRY(read_partitions(fields, wish));
  TRY(read_number(fields, "retention_ms", Setting::retention_ms, wish, settings.retention_ms));
  TRY(read_number(fields, "retention_bytes", Setting::retention_bytes, wish,
                  settings.retention_bytes));
  TRY(read_message_bytes(fields, wish));
  TRY(read_timestamp_source(fields, wish));
  TRY(read_distance(fields, "timestamp_before_max_ms", Setting::timestamp_before_max_ms, wish,
                    settings.timestamp_before_max_ms));
  TRY(read_distance(fields, "timestamp_after_max_ms", Setting::timestamp_after_max_ms, wish,
                    settings.timestamp_after_max_ms));
  TRY(fields.end());
  return wish;
}

void write_topic(JsonWriter& json, const core::Topic& topic) {
  const core::TopicSettings& settings = topic.settings;
  json.member("name", topic.name).member("id", uuid_of(topic.id));
  json.member("partitions", topic.partitions.size());
  json.member("retention_ms", settings.retention_ms);
  json.member("retention_bytes", settings.retention_bytes);
  json.member("message_bytes_max", settings.message_bytes_max);
  json.member("timestamp_source",
              settings.timestamp_source == core::TimestampSource::append ? "append" : "producer");
  json.member("timestamp_before_max_ms", shown(settings.timestamp_before_max_ms));
  json.member("timestamp_after_max_ms", shown(settings.timestamp_after_max_ms));
}

void write_sums(JsonWriter& json, const std::vector<std::optional<core::PartitionCounts>>& counts) {
  std::int64_t records = 0;
  std::uint64_t bytes = 0;
  for (const auto& count : counts) {
    if (!count) continue;
    records += count->records();
    bytes += count->bytes;
  }
  json.member("records", records).member("bytes", bytes);
}

}  // namespace koine::http
