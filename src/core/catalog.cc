#include "core/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/fields.h"
#include "journal/log_id.h"

// A change, as an entry of shard 0's catalog log and on the way to the other shards:
//   version 1 | kind | topic | count, next log number of each shard
// The saved catalog:
//   version 1 | count, topics | count, next log number of each shard
// A topic:
//   name | id, 16 bytes | settings given | the six settings in order | count, log ids

namespace koine::core {
namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::size_t topic_size_min = 4 + 16 + 4 + 8 + 8 + 4 + 1 + 8 + 8 + 4;

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

void write_log_numbers(FieldWriter& writer, const std::vector<std::uint64_t>& numbers) {
  writer.number(static_cast<std::uint32_t>(numbers.size()));
  for (const std::uint64_t number : numbers) writer.number(number);
}

Result<std::vector<std::uint64_t>> read_log_numbers(FieldReader& reader) {
  TRY(const std::uint32_t count, reader.count(sizeof(std::uint64_t)));
  std::vector<std::uint64_t> numbers(count);
  for (std::uint64_t& number : numbers) {
    TRY(number, reader.number<std::uint64_t>());
  }
  return numbers;
}

Result<> read_version(FieldReader& reader) {
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version == format_version) return {};
  return fail(ErrorCode::corrupt,
              fmt::format("a catalog in format {}, expected {}", version, format_version));
}

}  // namespace

std::vector<std::byte> CatalogChange::encode() const {
  FieldWriter writer;
  writer.number(format_version);
  writer.number(static_cast<std::uint8_t>(kind));
  write_topic(writer, *topic);
  write_log_numbers(writer, next_log_numbers);
  return writer.take();
}

Result<CatalogChange> CatalogChange::decode(ByteView bytes) {
  FieldReader reader(bytes);
  TRY(read_version(reader));
  CatalogChange change;
  TRY(const auto kind, reader.number<std::uint8_t>());
  if (kind != static_cast<std::uint8_t>(Kind::put_topic) &&
      kind != static_cast<std::uint8_t>(Kind::remove_topic)) {
    return fail(ErrorCode::corrupt, fmt::format("unknown kind {} of catalog change", kind));
  }
  change.kind = static_cast<Kind>(kind);
  TRY(change.topic, read_topic(reader));
  TRY(change.next_log_numbers, read_log_numbers(reader));
  TRY(reader.finish());
  return change;
}

TopicPtr Catalog::find(std::string_view name) const {
  const auto found = topics_.find(name);
  return found != topics_.end() ? found->second : nullptr;
}

TopicPtr Catalog::find(const TopicId& id) const {
  const auto found = by_id_.find(id);
  return found != by_id_.end() ? found->second : nullptr;
}

TopicPtr Catalog::owner_of(LogId log) const {
  const auto found = by_log_.find(log);
  return found != by_log_.end() ? found->second : nullptr;
}

std::uint64_t Catalog::next_log_number(ShardId shard) const {
  return shard.value() < next_log_numbers_.size() ? next_log_numbers_[shard.value()]
                                                  : journal::first_dynamic_log;
}

void Catalog::put(const TopicPtr& topic) {
  if (const TopicPtr before = find(topic->name)) remove(*before);
  topics_.emplace(topic->name, topic);
  by_id_.emplace(topic->id, topic);
  for (const LogId log : topic->partitions) by_log_.emplace(log, topic);
}

void Catalog::remove(const Topic& topic) {
  const TopicPtr before = find(topic.name);
  if (before == nullptr) return;
  for (const LogId log : before->partitions) by_log_.erase(log);
  by_id_.erase(before->id);
  topics_.erase(before->name);
}

void Catalog::apply(const CatalogChange& change) {
  if (change.kind == CatalogChange::Kind::put_topic) {
    put(change.topic);
  } else {
    remove(*change.topic);
  }
  if (next_log_numbers_.size() < change.next_log_numbers.size()) {
    next_log_numbers_.resize(change.next_log_numbers.size(), journal::first_dynamic_log);
  }
  for (std::size_t shard = 0; shard < change.next_log_numbers.size(); ++shard) {
    next_log_numbers_[shard] = std::max(next_log_numbers_[shard], change.next_log_numbers[shard]);
  }
}

std::vector<std::byte> Catalog::save() const {
  FieldWriter writer;
  writer.number(format_version);
  writer.number(static_cast<std::uint32_t>(topics_.size()));
  for (const auto& [name, topic] : topics_) write_topic(writer, *topic);
  write_log_numbers(writer, next_log_numbers_);
  return writer.take();
}

Result<> Catalog::restore(ByteView saved) {
  FieldReader reader(saved);
  TRY(read_version(reader));
  TRY(const std::uint32_t count, reader.count(topic_size_min));
  Catalog restored;
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const TopicPtr topic, read_topic(reader));
    restored.put(topic);
  }
  TRY(restored.next_log_numbers_, read_log_numbers(reader));
  TRY(reader.finish());
  *this = std::move(restored);
  return {};
}

}  // namespace koine::core
