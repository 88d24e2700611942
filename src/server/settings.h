// Settings: everything that an operator can choose, typed; and the table that describes each of them once.
//
// A member's initializer here is the setting's default; settings.cc has, for each, its name, unit, range and
// sentence. `--help`, `koine config`, its Markdown table, and the checks of files, variables and flags all come from
// these two. Plain data; read at start, immutable afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/units.h"
#include "core/users.h"
#include "io/network.h"
#include "journal/journal.h"
#include "server/log.h"

namespace koine::server {

// As the host of a listener: both addresses of the name, 127.0.0.1 and ::1.
inline constexpr const char* localhost = "localhost";

struct Settings {
  std::string data_directory = "koine-data";
  std::int64_t shards = 0;
  journal::Durability durability = journal::Durability::disk;

  io::Endpoint listen_any{localhost, 7700};
  io::Endpoint listen_kafka{localhost, 9092};
  std::optional<io::Endpoint> kafka_advertised;
  std::int64_t kafka_request_bytes_max = 100 * MiB;
  io::Endpoint listen_amqp{localhost, 5672};
  std::int64_t amqp_frame_max = 131'072;
  std::int64_t amqp_channel_max = 2047;
  std::int64_t amqp_heartbeat_s = 60;
  std::int64_t amqp_message_bytes_max = 16 * MiB;
  std::string amqp_vhosts = "/";
  io::Endpoint listen_http{localhost, 8080};
  std::int64_t http_body_bytes_max = 16 * MiB;
  std::int64_t http_idle_ms = 120'000;
  std::string http_cors_origins;
  std::int64_t http_idempotency_retention_ms = 24LL * 3600 * 1000;
  std::int64_t http_idempotency_retention_min_ms = 3600LL * 1000;
  std::int64_t http_idempotency_bytes_max = 64 * MiB;
  std::string http_hosts;

  std::string tls_certificate;
  std::string tls_key;
  std::string tls_client_ca;
  bool tls_required = false;
  bool security_allow_anonymous = false;
  core::Users users;  // [users.NAME], not in the table

  bool topics_auto_create = true;
  std::int64_t topics_default_partitions = 1;
  std::int64_t topics_partitions_max = 100'000;
  std::int64_t topics_retention_ms = 7LL * 24 * 3600 * 1000;
  std::int64_t topics_retention_bytes = -1;
  std::int64_t topics_message_bytes_max = 1'048'588;
  std::int64_t retention_check_interval_ms = 5LL * 60 * 1000;

  std::int64_t queues_max = 1'000'000;
  std::int64_t exchanges_max = 100'000;
  std::int64_t bindings_max = 5'000'000;

  std::int64_t journal_chunk_bytes = 64 * MiB;
  std::int64_t memory_cache_bytes = 128 * MiB;
  std::int64_t memory_request_bytes = 256 * MiB;

  std::int64_t groups_initial_rebalance_delay_ms = 0;
  std::int64_t groups_session_timeout_min_ms = 6'000;
  std::int64_t groups_session_timeout_max_ms = 1'800'000;
  std::int64_t groups_offsets_retention_ms = 7LL * 24 * 3600 * 1000;

  std::int64_t connections_max = 20'000;
  std::int64_t shutdown_deadline_ms = 10'000;

  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
};

// Which member a setting is; its alternative is the setting's type.
using SettingMember =
    std::variant<std::int64_t Settings::*, bool Settings::*, std::string Settings::*,
                 io::Endpoint Settings::*, std::optional<io::Endpoint> Settings::*,
                 journal::Durability Settings::*, LogLevel Settings::*, LogFormat Settings::*>;

enum class Unit : std::uint8_t { none, bytes, milliseconds, seconds };

struct Setting {
  std::string_view name;  // "listen.kafka"
  SettingMember member;
  std::string_view sentence;
  Unit unit = Unit::none;
  std::int64_t min = 0;  // of numbers
  std::int64_t max = 0;
};

// In the order in which they are documented.
std::span<const Setting> all_settings();
// Null: there is none of that name.
const Setting* find_setting(std::string_view name);

// "a whole number from 1 to 64", "HOST:PORT", "disk or os": what the setting takes.
std::string expectation_of(const Setting& setting);
std::string_view type_of(const Setting& setting);
std::string_view name_of(Unit unit);

// The value as it is written in a TOML file: `64`, `"127.0.0.1:9092"`, `true`.
std::string value_of(const Settings& settings, const Setting& setting);

// Sets the setting from text without quotes: `64`, `127.0.0.1:9092`, `true`; bytes also as `64KiB`, `64MiB`, `1GiB`.
// Errors: invalid_argument, which names what was found and what is expected.
Result<> assign(Settings& settings, const Setting& setting, std::string_view text);

// What can only be said about several settings together. Errors: invalid_argument, which names the setting and the way
// out.
Result<> check_together(const Settings& settings);

// The virtual hosts that amqp.vhosts names.
std::vector<std::string> vhosts_of(const Settings& settings);
// The origins that http.cors_origins names, and the names of http.hosts.
std::vector<std::string> cors_origins_of(const Settings& settings);
std::vector<std::string> http_hosts_of(const Settings& settings);

}  // namespace koine::server
