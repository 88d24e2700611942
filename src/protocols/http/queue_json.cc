#include "protocols/http/queue_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/queues/queue_arguments.h"
#include "protocols/http/field_json.h"

namespace koine::http {

const std::string_view queue_schema =
    R"({"type":"object","additionalProperties":false,"properties":{)"
    R"("durable":{"type":"boolean","default":true},"auto_delete":{"type":"boolean"},)"
    R"("message_ttl_ms":{"type":"integer","minimum":0},"expires_ms":{"type":"integer","minimum":1},)"
    R"("length_max":{"type":"integer","minimum":0},"length_bytes_max":{"type":"integer","minimum":0},)"
    R"("overflow":{"enum":["drop_head","reject_publish","reject_publish_dead_letter"]},)"
    R"("dead_letter_exchange":{"type":"string"},"dead_letter_routing_key":{"type":"string"},)"
    R"("priority_max":{"type":"integer","minimum":0,"maximum":255},)"
    R"("single_active_consumer":{"type":"boolean"},"delivery_limit":{"type":"integer","minimum":0},)"
    R"("consumer_timeout_ms":{"type":"integer","minimum":1},)"
    R"("deduplication_window_ms":{"type":"integer","minimum":1},)"
    R"("deduplication_keys_max":{"type":"integer","minimum":1}}})";

namespace {

using core::QueueSettings;

constexpr std::int64_t priority_max_max = 255;

template <typename Value>
struct Setting {
  std::string_view name;
  std::optional<Value> QueueSettings::* setting;
};
constexpr auto numbers = std::to_array<Setting<std::int64_t>>({
    {"message_ttl_ms", &QueueSettings::message_ttl_ms},
    {"expires_ms", &QueueSettings::expires_ms},
    {"length_max", &QueueSettings::length_max},
    {"length_bytes_max", &QueueSettings::length_bytes_max},
    {"delivery_limit", &QueueSettings::delivery_limit},
    {"consumer_timeout_ms", &QueueSettings::consumer_timeout_ms},
    {"deduplication_window_ms", &QueueSettings::deduplication_window_ms},
    {"deduplication_keys_max", &QueueSettings::deduplication_keys_max},
});
constexpr auto texts = std::to_array<Setting<std::string>>({
    {"dead_letter_exchange", &QueueSettings::dead_letter_exchange},
    {"dead_letter_routing_key", &QueueSettings::dead_letter_routing_key},
});
constexpr auto overflows = std::to_array<std::pair<std::string_view, core::Overflow>>({
    {"drop_head", core::Overflow::drop_head},
    {"reject_publish", core::Overflow::reject_publish},
    {"reject_publish_dead_letter", core::Overflow::reject_publish_dead_letter},
});

std::string_view name_of(core::Overflow overflow) {
  return std::ranges::find(overflows, overflow,
                           &std::pair<std::string_view, core::Overflow>::second)
      ->first;
}

Outcome<> read_overflow(JsonObject& fields, QueueSettings& settings) {
  TRY(const auto name, fields.optional<std::string_view>("overflow"));
  if (!name) return {};
  for (const auto& [known, overflow] : overflows) {
    if (known != *name) continue;
    settings.overflow = overflow;
    return {};
  }
  return refuse(Status::bad_request,
                fmt::format("{}.overflow: found '{}', expected drop_head, reject_publish or "
                            "reject_publish_dead_letter",
                            fields.place(), *name));
}

Outcome<QueueSettings> read_settings(JsonObject& fields) {
  QueueSettings settings;
  for (const auto& [name, setting] : numbers) {
    TRY(settings.*setting, fields.optional<std::int64_t>(name));
  }
  for (const auto& [name, setting] : texts) {
    TRY(const auto text, fields.optional<std::string_view>(name));
    if (text) settings.*setting = std::string(*text);
  }
  if (settings.deduplication_keys_max && !settings.deduplication_window_ms) {
    return refuse(Status::bad_request,
                  fields.place() + ".deduplication_keys_max: there is no deduplication_window_ms");
  }
  TRY(read_overflow(fields, settings));
  TRY(const auto priority, fields.optional<std::int64_t>("priority_max"));
  if (priority.value_or(0) < 0 || priority.value_or(0) > priority_max_max) {
    return refuse(Status::bad_request, fmt::format("{}.priority_max: found {}, expected 0 to {}",
                                                   fields.place(), *priority, priority_max_max));
  }
  settings.priority_max = static_cast<std::uint8_t>(priority.value_or(0));
  TRY(const auto is_single, fields.optional<bool>("single_active_consumer"));
  settings.is_single_active_consumer = is_single.value_or(false);
  return settings;
}

// What is compared and shown: every setting by name, as JSON; nothing: it is not set.
using Shown = std::vector<std::pair<std::string_view, std::optional<std::string>>>;

Shown shown(const core::QueueSpec& spec) {
  const QueueSettings& settings = spec.settings;
  const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
  Shown shown = {{"durable", flag(spec.is_durable)}, {"auto_delete", flag(spec.is_auto_delete)}};
  for (const auto& [name, setting] : numbers) {
    const auto& value = settings.*setting;
    shown.emplace_back(name, value ? std::optional(fmt::format("{}", *value)) : std::nullopt);
  }
  for (const auto& [name, setting] : texts) {
    const auto& value = settings.*setting;
    JsonWriter json;
    if (value) json.value(*value);
    shown.emplace_back(name, value ? std::optional(json.text()) : std::nullopt);
  }
  shown.emplace_back("overflow", fmt::format("\"{}\"", name_of(settings.overflow)));
  shown.emplace_back("priority_max", fmt::format("{}", settings.priority_max));
  shown.emplace_back("single_active_consumer", flag(settings.is_single_active_consumer));
  return shown;
}

}  // namespace

Outcome<core::QueueSpec> read_queue(JsonObject& fields, core::Name name) {
  core::QueueSpec spec{.name = std::move(name)};
  TRY(const auto is_durable, fields.optional<bool>("durable"));
  TRY(const auto is_auto_delete, fields.optional<bool>("auto_delete"));
  spec.is_durable = is_durable.value_or(true);
  spec.is_auto_delete = is_auto_delete.value_or(false);
  TRY(spec.settings, read_settings(fields));
  TRY(fields.end());
  spec.arguments = core::arguments_of(spec.settings);
  return spec;
}

void write_queue(JsonWriter& json, const core::QueueInfo& queue,
                 const std::optional<core::QueueCounts>& counts) {
  const core::QueueSpec& spec = queue.spec;
  json.member("name", spec.name.name).member("vhost", spec.name.vhost);
  json.member("created_ms", queue.created_ms);
  json.member("exclusive", spec.exclusive_owner != 0);
  for (const auto& [name, value] : shown(spec)) {
    if (value) json.key(name).raw(*value);
  }
  if (!counts) return;
  json.member("ready", counts->ready).member("unsettled", counts->unsettled);
  json.member("ready_bytes", counts->ready_bytes).member("consumers", counts->consumers);
  json.member("published", counts->published).member("delivered", counts->delivered);
  json.member("settled", counts->settled).member("returned", counts->returned);
  if (spec.settings.deduplication_window_ms) json.member("repeated", counts->repeated);
}

Outcome<> check_same(const core::QueueSpec& expected, const core::QueueSpec& current) {
  if (current.exclusive_owner != 0) {
    return refuse(Status::conflict,
                  fmt::format("queue '{}' belongs to one connection", current.name.name));
  }
  const Shown wanted = shown(expected);
  const Shown found = shown(current);
  for (std::size_t n = 0; n < wanted.size(); ++n) {
    if (wanted[n].second == found[n].second) continue;
    const std::string is = found[n].second.value_or("null");
    const std::string asked = wanted[n].second.value_or("null");
    return refuse(Status::conflict, fmt::format("queue '{}' is there with {} {}, expected {}",
                                                current.name.name, found[n].first, is, asked))
        .with("setting", found[n].first)
        .with("found", is)
        .with("expected", asked);
  }
  return {};
}

}  // namespace koine::http
