#include "core/topic_fields.h"

#include <algorithm>

namespace koine::core {
namespace {

Result<TopicSettings> read_settings(FieldReader& reader) {
  TopicSettings settings;
  TRY(settings.retention_ms, reader.number<std::int64_t>());
  TRY(settings.retention_bytes, reader.number<std::int64_t>());
  TRY(settings.message_bytes_max, reader.number<std::int32_t>());
  TRY(const bool is_append, reader.boolean());
  settings.timestamp_source = is_append ? TimestampSource::append : TimestampSource::producer;
  TRY(settings.timestamp_before_max_ms, reader.number<std::int64_t>());
  TRY(settings.timestamp_after_max_ms, reader.number<std::int64_t>());
  return settings;
}

}  // namespace

void write_topic(FieldWriter& writer, const Topic& topic) {
  writer.text(topic.name);
  writer.raw(topic.id.bytes);
  writer.number(topic.settings_given);
  writer.number(topic.settings.retention_ms);
  writer.number(topic.settings.retention_bytes);
  writer.number(topic.settings.message_bytes_max);
  writer.number(static_cast<std::uint8_t>(topic.settings.timestamp_source));
  writer.number(topic.settings.timestamp_before_max_ms);
  writer.number(topic.settings.timestamp_after_max_ms);
  writer.number(static_cast<std::uint32_t>(topic.partitions.size()));
  for (const LogId log : topic.partitions) writer.number(log.value());
}

Result<TopicPtr> read_topic(FieldReader& reader) {
  auto topic = std::make_shared<Topic>();
  TRY(topic->name, reader.text());
  TRY(const ByteView id, reader.raw(topic->id.bytes.size()));
  std::ranges::copy(id, topic->id.bytes.begin());
  TRY(topic->settings_given, reader.number<std::uint32_t>());
  TRY(topic->settings, read_settings(reader));
  TRY(const std::uint32_t count, reader.count(sizeof(std::uint64_t)));
  topic->partitions.reserve(count);
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const auto log, reader.number<std::uint64_t>());
    topic->partitions.emplace_back(log);
  }
  return topic;
}

}  // namespace koine::core
