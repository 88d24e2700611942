#include "protocols/kafka/handlers/topic_configs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

namespace koine::kafka {

namespace {

using core::EngineOptions;
using core::TopicSettings;

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view create_time = "CreateTime";
constexpr std::string_view log_append_time = "LogAppendTime";

template <const char* text>
std::string always(const EngineOptions& /*options*/) {
  return text;
}

constexpr char text_delete[] = "delete";
constexpr char text_producer[] = "producer";
constexpr char text_one[] = "1";
constexpr char text_true[] = "true";
constexpr char text_false[] = "false";
constexpr char text_never[] = "9223372036854775807";

// Every append is synced before it is acknowledged, or none is.
std::string flush_messages(const EngineOptions& options) {
  return options.journal.durability == journal::Durability::disk ? "1" : text_never;
}

std::string flush_ms(const EngineOptions& options) {
  return options.journal.durability == journal::Durability::disk ? "0" : text_never;
}

std::string chunk_bytes(const EngineOptions& options) {
  return std::to_string(options.journal.chunk_bytes);
}

constexpr auto configs = std::to_array<TopicConfig>({
    {.name = "cleanup.policy",
     .broker_name = "log.cleanup.policy",
     .type = ConfigType::list,
     .kind = Fact{always<text_delete>},
     .documentation = "Old records are deleted by time and size. Compaction is not supported."},
    {.name = "compression.type",
     .broker_name = "compression.type",
     .type = ConfigType::string,
     .kind = Fact{always<text_producer>},
     .documentation = "Batches are stored as the producer compressed them."},
    {.name = "flush.messages",
     .broker_name = "log.flush.interval.messages",
     .type = ConfigType::int64,
     .kind = Fact{.value = flush_messages, .larger_is_weaker = true},
     .documentation = "Records are synced to the disk before they are acknowledged, unless the "
                      "server's durability says otherwise. Larger values are met by that."},
    {.name = "flush.ms",
     .broker_name = "log.flush.interval.ms",
     .type = ConfigType::int64,
     .kind = Fact{.value = flush_ms, .larger_is_weaker = true},
     .documentation = "As flush.messages: no time passes between the acknowledgement and the sync "
                      "that it follows."},
    {.name = "max.message.bytes",
     .broker_name = "message.max.bytes",
     .type = ConfigType::int32,
     .kind = Setting32{&TopicSettings::message_bytes_max, 0, core::message_bytes_limit},
     .bit = 1U << 2U,
     .documentation = "The largest record batch, as it arrives."},
    {.name = "message.timestamp.after.max.ms",
     .broker_name = "log.message.timestamp.after.max.ms",
     .type = ConfigType::int64,
     .kind = Setting64{&TopicSettings::timestamp_after_max_ms, 0},
     .bit = 1U << 5U,
     .documentation = "How far a producer's timestamp may lie after the server's clock."},
    {.name = "message.timestamp.before.max.ms",
     .broker_name = "log.message.timestamp.before.max.ms",
     .type = ConfigType::int64,
     .kind = Setting64{&TopicSettings::timestamp_before_max_ms, 0},
     .bit = 1U << 4U,
     .documentation = "How far a producer's timestamp may lie before the server's clock."},
    {.name = "message.timestamp.type",
     .broker_name = "log.message.timestamp.type",
     .type = ConfigType::string,
     .kind = TimestampSetting{},
     .bit = 1U << 3U,
     .documentation = "Whose clock a record's timestamp is: CreateTime, the producer's, or "
                      "LogAppendTime, the server's."},
    {.name = "min.insync.replicas",
     .broker_name = "min.insync.replicas",
     .type = ConfigType::int32,
     .kind = Fact{always<text_one>},
     .documentation = "There is one replica."},
    {.name = "preallocate",
     .broker_name = "log.preallocate",
     .type = ConfigType::boolean,
     .kind = Fact{.value = always<text_true>, .also_met = text_false},
     .documentation = "The journal's files are preallocated."},
    {.name = "remote.storage.enable",
     .broker_name = "",
     .type = ConfigType::boolean,
     .kind = Fact{always<text_false>},
     .documentation = "There is no tiered storage."},
    {.name = "retention.bytes",
     .broker_name = "log.retention.bytes",
     .type = ConfigType::int64,
     .kind = Setting64{&TopicSettings::retention_bytes, core::unlimited},
     .bit = 1U << 1U,
     .documentation = "How many bytes of each partition are kept at least; -1: no limit."},
    {.name = "retention.ms",
     .broker_name = "log.retention.ms",
     .type = ConfigType::int64,
     .kind = Setting64{&TopicSettings::retention_ms, core::unlimited},
     .bit = 1U << 0U,
     .documentation = "How long records are kept at least; -1: no limit."},
    {.name = "segment.bytes",
     .broker_name = "log.segment.bytes",
     .type = ConfigType::int32,
     .kind = Fact{.value = chunk_bytes, .also_met = "1073741824"},
     .documentation = "The size of the journal's files, which all topics share."},
    {.name = "segment.ms",
     .broker_name = "log.roll.ms",
     .type = ConfigType::int64,
     .kind = Fact{.value = always<text_never>, .also_met = "604800000"},
     .documentation = "The journal's files are not closed by time: retention also reaches into the "
                      "open one."},
    {.name = "unclean.leader.election.enable",
     .broker_name = "unclean.leader.election.enable",
     .type = ConfigType::boolean,
     .kind = Fact{always<text_false>},
     .documentation = "There is one replica, which nobody can replace."},
});
static_assert(std::ranges::is_sorted(configs, {}, &TopicConfig::name));

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// What an error repeats of a value: the peer chooses how long it is.
constexpr std::size_t repeated_bytes_max = 100;

// Enough for every list that there can be.
constexpr std::size_t list_bytes_max = 1024;

std::unexpected<Error> refuse(const TopicConfig& config, std::string_view found,
                              std::string_view expected) {
  found = found.substr(0, repeated_bytes_max);
  return fail(ErrorCode::invalid_argument,
              fmt::format("{} is {}; expected {}", config.name, found, expected));
}

// The text as a number of the range.
Result<std::int64_t> read_number(const TopicConfig& config, std::string_view text,
                                 std::int64_t least, std::int64_t most) {
  const auto number = number_in(text);
  if (number && *number >= least && *number <= most) return *number;
  return refuse(config, text, fmt::format("a number from {} to {}", least, most));
}

Result<> write(const TopicConfig& config, const Setting64& setting, std::string_view text,
               TopicSettings& settings) {
  TRY(settings.*setting.field, read_number(config, text, setting.least, int64_max));
  return {};
}

Result<> write(const TopicConfig& config, const Setting32& setting, std::string_view text,
               TopicSettings& settings) {
  TRY(const std::int64_t number, read_number(config, text, setting.least, setting.most));
  settings.*setting.field = static_cast<std::int32_t>(number);
  return {};
}

Result<> write(const TopicConfig& config, const TimestampSetting& /*setting*/,
               std::string_view text, TopicSettings& settings) {
  if (text != create_time && text != log_append_time) {
    return refuse(config, text, fmt::format("{} or {}", create_time, log_append_time));
  }
  settings.timestamp_source =
      text == create_time ? core::TimestampSource::producer : core::TimestampSource::append;
  return {};
}

Result<> check(const TopicConfig& config, const Fact& fact, std::string_view text,
               const EngineOptions& options) {
  const std::string value = fact.value(options);
  if (text == value || (!fact.also_met.empty() && text == fact.also_met)) return {};
  if (!fact.larger_is_weaker) return refuse(config, text, value + ", which can't be changed here");
  const auto asked = number_in(text);
  if (asked && *asked >= number_in(value).value_or(int64_max)) return {};
  return refuse(config, text, fmt::format("a number from {} to {}", value, int64_max));
}

std::vector<std::string> items_of(std::string_view list) {
  std::vector<std::string> items;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view item = trimmed(list.substr(0, end));
    if (!item.empty()) items.emplace_back(item);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return items;
}

Result<const TopicConfig*> find_or_refuse(std::string_view name) {
  if (const TopicConfig* config = find_topic_config(name)) return config;
  return fail(ErrorCode::invalid_argument,
              fmt::format("{} is not a setting of topics that is supported", name));
}

}  // namespace

std::span<const TopicConfig> topic_configs() { return configs; }

const TopicConfig* find_topic_config(std::string_view name) {
  const auto* const found = std::ranges::lower_bound(configs, name, {}, &TopicConfig::name);
  return found != configs.end() && found->name == name ? found : nullptr;
}

std::string value_of(const TopicConfig& config, const TopicSettings& settings,
                     const EngineOptions& options) {
  struct Values {
    const TopicSettings& settings;
    const EngineOptions& options;
    std::string operator()(const Setting64& setting) const {
      return std::to_string(settings.*setting.field);
    }
    std::string operator()(const Setting32& setting) const {
      return std::to_string(settings.*setting.field);
    }
    std::string operator()(const TimestampSetting& /*setting*/) const {
      return std::string(settings.timestamp_source == core::TimestampSource::producer
                             ? create_time
                             : log_append_time);
    }
    std::string operator()(const Fact& fact) const { return fact.value(options); }
  };
  return std::visit(Values{settings, options}, config.kind);
}

Result<> TopicConfigChange::set(std::string_view name, const std::optional<std::string>& value) {
  TRY(const TopicConfig* const config, find_or_refuse(name));
  if (!value) return refuse(*config, "null", "a value");
  std::string_view text = trimmed(*value);
  Result<> written;
  if (const auto* const fact = std::get_if<Fact>(&config->kind)) {
    written = check(*config, *fact, text, options_);
  } else if (const auto* const number = std::get_if<Setting64>(&config->kind)) {
    written = write(*config, *number, text, settings_);
  } else if (const auto* const small = std::get_if<Setting32>(&config->kind)) {
    written = write(*config, *small, text, settings_);
  } else {
    written = write(*config, TimestampSetting{}, text, settings_);
  }
  if (!written) return written;
  given_ |= config->bit;
  changed_ |= config->bit;
  return {};
}

Result<> TopicConfigChange::reset(std::string_view name) {
  TRY(const TopicConfig* const config, find_or_refuse(name));
  given_ &= ~config->bit;
  changed_ |= config->bit;
  return {};
}

Result<> TopicConfigChange::append(std::string_view name, const std::optional<std::string>& value) {
  return edit_list(name, value, ListOperation::append);
}

Result<> TopicConfigChange::subtract(std::string_view name,
                                     const std::optional<std::string>& value) {
  return edit_list(name, value, ListOperation::subtract);
}

Result<> TopicConfigChange::edit_list(std::string_view name,
                                      const std::optional<std::string>& value,
                                      ListOperation operation) {
  TRY(const TopicConfig* const config, find_or_refuse(name));
  if (config->type != ConfigType::list) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} is not a list: it can be set, not added to or taken from", name));
  }
  if (!value) return refuse(*config, "null", "a value");
  if (value->size() > list_bytes_max) return refuse(*config, *value, "a shorter list");
  std::vector<std::string> items = items_of(value_of(*config, settings_, options_));
  for (const std::string& item : items_of(*value)) {
    std::erase(items, item);
    if (operation == ListOperation::append) items.push_back(item);
  }
  return set(name, fmt::format("{}", fmt::join(items, ",")));
}

}  // namespace koine::kafka
