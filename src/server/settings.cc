#include "server/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <type_traits>

#include "base/text.h"

namespace koine::server {

namespace {

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

using S = Settings;

// The table. One setting: name, member, sentence, and for numbers unit and range.
const auto table = std::to_array<Setting>({
    {"data.directory", &S::data_directory, "where everything that must survive is kept"},
    {"shards", &S::shards,
     "event loops, each with its own journal; 0: as the data directory was made, or one for every "
     "two processors in a new one",
     Unit::none, 0, 256},
    {"durability", &S::durability,
     "when a write is acknowledged: after the disk has it (disk), or after the operating system "
     "has it (os), which survives a crash of the process but not of the machine"},

    {"listen.any", &S::listen_any,
     "the port on which the protocol is recognized from the first bytes; port 0: any free port; "
     "host localhost, of this and of every listener: both 127.0.0.1 and ::1"},
    {"listen.kafka", &S::listen_kafka, "Kafka's own port; port 0: any free port"},
    {"kafka.advertised", &S::kafka_advertised,
     "the address that Kafka clients are told to connect to; empty: the one at which they reached "
     "us"},
    {"kafka.request_bytes_max", &S::kafka_request_bytes_max,
     "the largest request that a logged-in Kafka client may send", Unit::bytes, 1 * MiB, 255 * MiB},

    {"listen.amqp", &S::listen_amqp, "AMQP's own port; port 0: any free port"},
    {"amqp.frame_max", &S::amqp_frame_max,
     "the largest frame that AMQP clients may send and get; they may ask for smaller ones",
     Unit::bytes, 8 * KiB, 16 * MiB},
    {"amqp.channel_max", &S::amqp_channel_max, "channels of one AMQP connection", Unit::none, 1,
     65'535},
    {"amqp.heartbeat_s", &S::amqp_heartbeat_s,
     "how often AMQP clients are asked to show that they are alive; 0: not at all, unless they ask "
     "for it",
     Unit::seconds, 0, 65'535},
    {"amqp.message_bytes_max", &S::amqp_message_bytes_max,
     "the body of the largest message that AMQP clients may publish", Unit::bytes, 1 * KiB,
     16 * MiB},
    {"amqp.vhosts", &S::amqp_vhosts,
     "the virtual hosts that AMQP clients may open, separated by commas"},

    {"listen.http", &S::listen_http, "HTTP's own port; port 0: any free port"},
    {"http.body_bytes_max", &S::http_body_bytes_max,
     "the largest body of a request that HTTP clients may send", Unit::bytes, 1 * KiB, 1 * GiB},
    {"http.idle_ms", &S::http_idle_ms,
     "an HTTP connection on which nothing moves for so long is closed", Unit::milliseconds, 100,
     86'400'000},
    {"http.cors_origins", &S::http_cors_origins,
     "the origins whose pages may use HTTP from a browser, separated by commas; *: all of them"},
    {"http.idempotency_retention_ms", &S::http_idempotency_retention_ms,
     "how long an Idempotency-Key and its answer are kept", Unit::milliseconds, 1000, no_limit},
    {"http.idempotency_retention_min_ms", &S::http_idempotency_retention_min_ms,
     "how long an Idempotency-Key is kept at least; requests with new ones are refused when there "
     "is no room for them otherwise",
     Unit::milliseconds, 1000, no_limit},
    {"http.idempotency_bytes_max", &S::http_idempotency_bytes_max,
     "memory for Idempotency-Keys and their answers, of all shards together; when it is used up "
     "the oldest are forgotten",
     Unit::bytes, 1 * MiB, 1 * GiB},
    {"http.hosts", &S::http_hosts,
     "the names besides localhost by which HTTP may be asked for (Host) while there are no users, "
     "separated by commas; *: all of them"},

    {"tls.certificate", &S::tls_certificate,
     "a PEM file with the server's certificate and its chain; empty: no TLS. Read again on SIGHUP"},
    {"tls.key", &S::tls_key, "the PEM file with the certificate's private key"},
    {"tls.client_ca", &S::tls_client_ca,
     "a PEM file with the authorities whose client certificates are asked for and verified; empty: "
     "none are asked for"},
    {"tls.required", &S::tls_required, "refuse connections without TLS"},
    {"security.allow_anonymous", &S::security_allow_anonymous,
     "let clients work that have not logged in although there are users or an address is not a "
     "loopback address"},

    {"topics.auto_create", &S::topics_auto_create,
     "create a topic when a client asks for it or produces to it"},
    {"topics.default_partitions", &S::topics_default_partitions,
     "partitions of a topic whose creator did not say", Unit::none, 1, 100'000},
    {"topics.partitions_max", &S::topics_partitions_max, "partitions of all topics together",
     Unit::none, 1, 10'000'000},
    {"topics.retention_ms", &S::topics_retention_ms,
     "how long records are kept unless the topic says; -1: for ever", Unit::milliseconds, -1,
     no_limit},
    {"topics.retention_bytes", &S::topics_retention_bytes,
     "how much of each partition is kept unless the topic says; -1: everything", Unit::bytes, -1,
     no_limit},
    {"topics.message_bytes_max", &S::topics_message_bytes_max,
     "the largest record batch unless the topic says", Unit::bytes, 1, 16 * MiB - KiB},
    {"retention.check_interval_ms", &S::retention_check_interval_ms,
     "how often retention is applied", Unit::milliseconds, 100, 24LL * 3600 * 1000},

    {"queues.max", &S::queues_max, "queues of all virtual hosts together", Unit::none, 1,
     100'000'000},
    {"exchanges.max", &S::exchanges_max,
     "exchanges of all virtual hosts together, without those that are always there", Unit::none, 1,
     100'000'000},
    {"bindings.max", &S::bindings_max, "bindings of all virtual hosts together", Unit::none, 1,
     100'000'000},

    {"journal.chunk_bytes", &S::journal_chunk_bytes, "the size of the journal's files", Unit::bytes,
     1 * MiB, 1 * GiB},
    {"memory.cache_bytes", &S::memory_cache_bytes,
     "memory for the journal's tail and for data read back, of all shards together", Unit::bytes,
     4 * MiB, no_limit},
    {"memory.request_bytes", &S::memory_request_bytes,
     "memory for requests that are being received, of all shards together; when it is used up, "
     "each "
     "shard receives one request at a time beyond it",
     Unit::bytes, 1 * MiB, no_limit},

    {"groups.initial_rebalance_delay_ms", &S::groups_initial_rebalance_delay_ms,
     "how long the first rebalance of an empty group waits for more members", Unit::milliseconds, 0,
     300'000},
    {"groups.session_timeout_min_ms", &S::groups_session_timeout_min_ms,
     "the shortest session timeout that a group member may ask for", Unit::milliseconds, 1,
     86'400'000},
    {"groups.session_timeout_max_ms", &S::groups_session_timeout_max_ms,
     "the longest session timeout that a group member may ask for", Unit::milliseconds, 1,
     86'400'000},
    {"groups.offsets_retention_ms", &S::groups_offsets_retention_ms,
     "how long an empty group's offsets are kept", Unit::milliseconds, 1, no_limit},

    {"connections.max", &S::connections_max, "open connections of all listeners together",
     Unit::none, 1, 10'000'000},
    {"shutdown.deadline_ms", &S::shutdown_deadline_ms,
     "how long requests in progress may take after SIGTERM", Unit::milliseconds, 0, 3'600'000},

    {"log.level", &S::log_level, "the least important log lines that are written"},
    {"log.format", &S::log_format, "log lines as text or as JSON"},
});

template <typename E>
struct Choice {
  E value;
  std::string_view name;
};

constexpr auto choices_of(journal::Durability) {
  return std::to_array<Choice<journal::Durability>>(
      {{journal::Durability::disk, "disk"}, {journal::Durability::os, "os"}});
}
constexpr auto choices_of(LogLevel) {
  return std::to_array<Choice<LogLevel>>({{LogLevel::debug, "debug"},
                                          {LogLevel::info, "info"},
                                          {LogLevel::warning, "warning"},
                                          {LogLevel::error, "error"}});
}
constexpr auto choices_of(LogFormat) {
  return std::to_array<Choice<LogFormat>>({{LogFormat::text, "text"}, {LogFormat::json, "json"}});
}

template <typename T>
using MemberType = std::remove_cvref_t<decltype(std::declval<Settings&>().*std::declval<T>())>;

// "64", and for bytes "64KiB".
std::optional<std::int64_t> number_in(std::string_view text, Unit unit) {
  std::int64_t factor = 1;
  if (unit == Unit::bytes) {
    for (const auto& [suffix, size] : {std::pair{"KiB", KiB}, {"MiB", MiB}, {"GiB", GiB}}) {
      if (!text.ends_with(suffix)) continue;
      text.remove_suffix(3);
      factor = static_cast<std::int64_t>(size);
    }
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  std::int64_t product = 0;
  if (__builtin_mul_overflow(value, factor, &product)) return std::nullopt;
  return product;
}

bool read(const Setting& setting, std::string_view text, std::int64_t& value) {
  const auto number = number_in(text, setting.unit);
  if (!number || *number < setting.min || *number > setting.max) return false;
  value = *number;
  return true;
}
bool read(const Setting&, std::string_view text, bool& value) {
  if (text != "true" && text != "false") return false;
  value = text == "true";
  return true;
}
bool read(const Setting&, std::string_view text, std::string& value) {
  value = text;
  return true;
}
bool read(const Setting&, std::string_view text, io::Endpoint& value) {
  const auto endpoint = io::Endpoint::parse(text);
  if (endpoint) value = *endpoint;
  return endpoint.has_value();
}
bool read(const Setting&, std::string_view text, std::optional<io::Endpoint>& value) {
  value.reset();
  if (text.empty()) return true;
  const auto endpoint = io::Endpoint::parse(text);
  if (!endpoint || endpoint->port == 0) return false;
  value = *endpoint;
  return true;
}
template <typename E>
  requires std::is_enum_v<E>
bool read(const Setting&, std::string_view text, E& value) {
  for (const auto& choice : choices_of(E{})) {
    if (text != choice.name) continue;
    value = choice.value;
    return true;
  }
  return false;
}

std::string written(std::int64_t value) { return std::to_string(value); }
std::string written(bool value) { return value ? "true" : "false"; }
// A TOML basic string escapes as JSON does (TOML 1.0 "String").
std::string written(const std::string& value) { return json_string(value); }
std::string written(const io::Endpoint& value) { return json_string(value.to_string()); }
std::string written(const std::optional<io::Endpoint>& value) {
  return value ? written(*value) : "\"\"";
}
template <typename E>
  requires std::is_enum_v<E>
std::string written(E value) {
  for (const auto& choice : choices_of(E{})) {
    if (value == choice.value) return json_string(choice.name);
  }
  return {};
}

template <typename T>
std::string expected(const Setting& setting) {
  if constexpr (std::is_same_v<T, std::int64_t>) {
    const std::string_view form = setting.unit == Unit::bytes ? " (or as 64MiB)" : "";
    if (setting.max == no_limit)
      return fmt::format("a whole number from {} on{}", setting.min, form);
    return fmt::format("a whole number from {} to {}{}", setting.min, setting.max, form);
  } else if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "text";
  } else if constexpr (std::is_enum_v<T>) {
    std::string names;
    for (const auto& choice : choices_of(T{})) {
      names += fmt::format("{}{}", names.empty() ? "" : " or ", choice.name);
    }
    return names;
  } else {
    return std::is_same_v<T, io::Endpoint> ? "HOST:PORT" : "HOST:PORT or nothing";
  }
}

}  // namespace

std::span<const Setting> all_settings() { return table; }

const Setting* find_setting(std::string_view name) {
  const auto settings = all_settings();
  const auto found = std::ranges::find(settings, name, &Setting::name);
  return found == settings.end() ? nullptr : &*found;
}

std::string expectation_of(const Setting& setting) {
  return std::visit([&](auto member) { return expected<MemberType<decltype(member)>>(setting); },
                    setting.member);
}

std::string_view type_of(const Setting& setting) {
  struct Names {
    std::string_view operator()(std::int64_t Settings::*) const { return "number"; }
    std::string_view operator()(bool Settings::*) const { return "boolean"; }
    std::string_view operator()(std::string Settings::*) const { return "text"; }
    std::string_view operator()(io::Endpoint Settings::*) const { return "address"; }
    std::string_view operator()(std::optional<io::Endpoint> Settings::*) const { return "address"; }
    std::string_view operator()(journal::Durability Settings::*) const { return "choice"; }
    std::string_view operator()(LogLevel Settings::*) const { return "choice"; }
    std::string_view operator()(LogFormat Settings::*) const { return "choice"; }
  };
  return std::visit(Names{}, setting.member);
}

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::none: return "";
    case Unit::bytes: return "bytes";
    case Unit::milliseconds: return "milliseconds";
    case Unit::seconds: return "seconds";
  }
  return "";
}

std::string value_of(const Settings& settings, const Setting& setting) {
  return std::visit([&](auto member) { return written(settings.*member); }, setting.member);
}

Result<> assign(Settings& settings, const Setting& setting, std::string_view text) {
  const bool taken = std::visit([&](auto member) { return read(setting, text, settings.*member); },
                                setting.member);
  if (taken) return {};
  return fail(ErrorCode::invalid_argument, fmt::format("{}: found {}, expected {}", setting.name,
                                                       json_string(text), expectation_of(setting)));
}

}  // namespace koine::server
