#include "core/queues/queue_fields.h"

#include <algorithm>
#include <array>

#include "journal/log_id.h"

namespace koine::core {
namespace {

enum Flag : std::uint8_t { durable = 1, auto_delete = 2, single_active_consumer = 4 };
constexpr std::uint8_t all_flags = durable | auto_delete | single_active_consumer;

// Bits of the optional settings, in this order: numbers, texts, numbers that came later. Stored: only ever added to.
constexpr auto optional_numbers = std::to_array<std::optional<std::int64_t> QueueSettings::*>(
    {&QueueSettings::message_ttl_ms, &QueueSettings::expires_ms, &QueueSettings::length_max,
     &QueueSettings::length_bytes_max, &QueueSettings::delivery_limit,
     &QueueSettings::consumer_timeout_ms, &QueueSettings::deduplication_window_ms});
constexpr auto optional_texts = std::to_array<std::optional<std::string> QueueSettings::*>(
    {&QueueSettings::dead_letter_exchange, &QueueSettings::dead_letter_routing_key});
constexpr auto later_numbers = std::to_array<std::optional<std::int64_t> QueueSettings::*>(
    {&QueueSettings::deduplication_keys_max});
constexpr std::size_t first_later = optional_numbers.size() + optional_texts.size();
constexpr std::size_t option_count = first_later + later_numbers.size();

bool has_bit(std::uint16_t bits, std::size_t bit) {
  return (static_cast<unsigned>(bits) >> bit & 1U) != 0;
}

void write_settings(FieldWriter& writer, const QueueSettings& settings) {
  writer.number(static_cast<std::uint8_t>(settings.overflow));
  writer.number(settings.priority_max);
  unsigned given = 0;
  for (std::size_t n = 0; n < optional_numbers.size(); ++n)
    given |= static_cast<unsigned>((settings.*optional_numbers[n]).has_value()) << n;
  for (std::size_t n = 0; n < optional_texts.size(); ++n) {
    given |= static_cast<unsigned>((settings.*optional_texts[n]).has_value())
             << (optional_numbers.size() + n);
  }
  for (std::size_t n = 0; n < later_numbers.size(); ++n)
    given |= static_cast<unsigned>((settings.*later_numbers[n]).has_value()) << (first_later + n);
  writer.number(static_cast<std::uint16_t>(given));
  for (const auto member : optional_numbers)
    if (const auto& value = settings.*member) writer.number(*value);
  for (const auto member : optional_texts)
    if (const auto& value = settings.*member) writer.text(*value);
  for (const auto member : later_numbers)
    if (const auto& value = settings.*member) writer.number(*value);
}

Result<QueueSettings> read_settings(FieldReader& reader) {
  QueueSettings settings;
  TRY(const auto overflow, reader.number<std::uint8_t>());
  if (overflow > static_cast<std::uint8_t>(Overflow::reject_publish_dead_letter))
    return fail(ErrorCode::corrupt, "a queue with an unknown overflow policy");
  settings.overflow = static_cast<Overflow>(overflow);
  TRY(settings.priority_max, reader.number<std::uint8_t>());
  TRY(const auto given, reader.number<std::uint16_t>());
  if (given >> option_count != 0)
    return fail(ErrorCode::corrupt, "a queue with an unknown setting");
  for (std::size_t n = 0; n < optional_numbers.size(); ++n) {
    if (!has_bit(given, n)) continue;
    TRY(settings.*optional_numbers[n], reader.number<std::int64_t>());
  }
  for (std::size_t n = 0; n < optional_texts.size(); ++n) {
    if (!has_bit(given, optional_numbers.size() + n)) continue;
    TRY(settings.*optional_texts[n], reader.text());
  }
  for (std::size_t n = 0; n < later_numbers.size(); ++n) {
    if (!has_bit(given, first_later + n)) continue;
    TRY(settings.*later_numbers[n], reader.number<std::int64_t>());
  }
  return settings;
}

Result<std::vector<LogId>> read_logs(FieldReader& reader) {
  TRY(const std::uint32_t count, reader.count(sizeof(std::uint64_t)));
  std::vector<LogId> logs;
  logs.reserve(count);
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const auto log, reader.number<std::uint64_t>());
    logs.emplace_back(log);
  }
  const auto is_elsewhere = [&](LogId log) {
    return journal::shard_of(log) != journal::shard_of(logs.front());
  };
  if (logs.empty() || std::ranges::any_of(logs, is_elsewhere))
    return fail(ErrorCode::corrupt, "a queue without logs, or with logs of several shards");
  return logs;
}

}  // namespace

void write_name(FieldWriter& writer, const Name& name) {
  writer.text(name.vhost);
  writer.text(name.name);
}

Result<Name> read_name(FieldReader& reader) {
  Name name;
  TRY(name.vhost, reader.text());
  TRY(name.name, reader.text());
  return name;
}

void write_field_table(FieldWriter& writer, const FieldTable& table) {
  std::vector<std::byte> encoded;
  if (!table.empty()) encode_field_table(table, encoded);
  writer.blob(encoded);
}

Result<FieldTable> read_field_table(FieldReader& reader) {
  TRY(const ByteView encoded, reader.blob());
  if (encoded.empty()) return FieldTable{};
  return decode_field_table(encoded);
}

void write_queue(FieldWriter& writer, const QueueInfo& queue) {
  const QueueSpec& spec = queue.spec;
  write_name(writer, spec.name);
  writer.number(static_cast<std::uint8_t>(
      (spec.is_durable ? durable : 0U) | (spec.is_auto_delete ? auto_delete : 0U) |
      (spec.settings.is_single_active_consumer ? single_active_consumer : 0U)));
  writer.number(spec.exclusive_owner);
  write_settings(writer, spec.settings);
  write_field_table(writer, spec.arguments);
  writer.number(queue.created_ms);
  writer.number(static_cast<std::uint32_t>(queue.logs.size()));
  for (const LogId log : queue.logs) writer.number(log.value());
}

Result<QueuePtr> read_queue(FieldReader& reader) {
  auto queue = std::make_shared<QueueInfo>();
  QueueSpec& spec = queue->spec;
  TRY(spec.name, read_name(reader));
  TRY(const auto flags, reader.number<std::uint8_t>());
  if ((flags & ~all_flags) != 0) return fail(ErrorCode::corrupt, "a queue with unknown flags");
  spec.is_durable = (flags & durable) != 0;
  spec.is_auto_delete = (flags & auto_delete) != 0;
  TRY(spec.exclusive_owner, reader.number<std::uint64_t>());
  TRY(spec.settings, read_settings(reader));
  spec.settings.is_single_active_consumer = (flags & single_active_consumer) != 0;
  TRY(spec.arguments, read_field_table(reader));
  TRY(queue->created_ms, reader.number<std::int64_t>());
  TRY(queue->logs, read_logs(reader));
  return queue;
}

void write_queue_position(FieldWriter& writer, QueuePosition position) {
  writer.number(position.level);
  writer.number(position.offset.value());
}

Result<QueuePosition> read_queue_position(FieldReader& reader) {
  QueuePosition position;
  TRY(position.level, reader.number<std::uint8_t>());
  TRY(const auto offset, reader.number<std::int64_t>());
  position.offset = Offset(offset);
  return position;
}

}  // namespace koine::core
