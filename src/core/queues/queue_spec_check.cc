#include "core/queues/queue_spec_check.h"

#include <fmt/format.h>

#include <array>

#include "core/queues/deduplication_window.h"

namespace koine::core {
namespace {

struct Range {
  std::optional<std::int64_t> QueueSettings::* setting;
  std::string_view name;
  std::int64_t min;
};

constexpr auto ranges = std::to_array<Range>({
    {&QueueSettings::message_ttl_ms, "message TTL", 0},
    {&QueueSettings::expires_ms, "expiry", 1},
    {&QueueSettings::length_max, "maximum length", 0},
    {&QueueSettings::length_bytes_max, "maximum length in bytes", 0},
    {&QueueSettings::delivery_limit, "delivery limit", 0},
    {&QueueSettings::consumer_timeout_ms, "consumer timeout", 1},
    {&QueueSettings::deduplication_window_ms, "deduplication window", 1},
    {&QueueSettings::deduplication_keys_max, "number of keys to be remembered", 1},
});

}  // namespace

Result<> check_arguments(const FieldTable& arguments) {
  std::vector<std::byte> encoded;
  encode_field_table(arguments, encoded);
  if (encoded.size() <= arguments_bytes_max) return {};
  return fail(ErrorCode::too_large, fmt::format("arguments of {} bytes, expected at most {}",
                                                encoded.size(), arguments_bytes_max));
}

Result<> check_queue_spec(const QueueSpec& spec) {
  const std::string& name = spec.name.name;
  if (name.empty() || name.size() > name_bytes_max) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("a queue's name of {} bytes, expected 1 to {}", name.size(), name_bytes_max));
  }
  for (const Range& range : ranges) {
    const auto& value = spec.settings.*range.setting;
    if (!value || *value >= range.min) continue;
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} {} of queue '{}', expected at least {}", range.name, *value, name,
                            range.min));
  }
  const QueueSettings& settings = spec.settings;
  if (settings.dead_letter_routing_key && !settings.dead_letter_exchange) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("dead letter routing key without dead letter exchange of queue '{}'", name));
  }
  if (settings.deduplication_keys_max.value_or(0) > deduplication_keys_limit) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("number of keys to be remembered {} of queue '{}', expected at most {}",
                            *settings.deduplication_keys_max, name, deduplication_keys_limit));
  }
  for (const auto& text : {settings.dead_letter_exchange, settings.dead_letter_routing_key}) {
    if (!text || text->size() <= name_bytes_max) continue;
    return fail(ErrorCode::invalid_argument,
                fmt::format("dead letter exchange or routing key of {} bytes, expected at most {}",
                            text->size(), name_bytes_max));
  }
  return check_arguments(spec.arguments);
}

}  // namespace koine::core
