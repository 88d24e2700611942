// What can only be said about several settings together.
#include <fmt/format.h>

#include <array>
#include <set>

#include "server/settings.h"

namespace koine::server {

namespace {

// What a short string of AMQP holds.
constexpr std::size_t vhost_bytes_max = 255;

std::unexpected<Error> refuse(std::string sentence) {
  return fail(ErrorCode::invalid_argument, std::move(sentence));
}

std::vector<std::string> split_at_commas(std::string_view rest) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t comma = rest.find(',');
    parts.emplace_back(rest.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    rest.remove_prefix(comma + 1);
  }
}

Result<> check_tls(const Settings& settings) {
  if (settings.tls_certificate.empty() != settings.tls_key.empty()) {
    return settings.tls_key.empty() ? refuse("tls.certificate: needs tls.key as well")
                                    : refuse("tls.key: needs tls.certificate as well");
  }
  if (!settings.tls_certificate.empty()) return {};
  if (!settings.tls_client_ca.empty()) return refuse("tls.client_ca: needs tls.certificate");
  if (settings.tls_required) return refuse("tls.required: needs tls.certificate");
  return {};
}

Result<> check_anonymous(const Settings& settings, std::string_view name,
                         const io::Endpoint& endpoint) {
  const bool is_open = settings.users.empty() && !settings.security_allow_anonymous;
  if (!is_open || io::is_loopback(endpoint.host)) return {};
  return refuse(fmt::format(
      "{}: {} can be reached from other machines and there are no users, so that everybody could "
      "read and write; add users (`koine user add`), or set security.allow_anonymous = true",
      name, endpoint.to_string()));
}

bool is_one_of_localhost(const io::Endpoint& endpoint, const io::Endpoint& other) {
  return endpoint.host == localhost && io::is_loopback(other.host);
}

Result<> check_distinct(std::string_view name, const io::Endpoint& endpoint,
                        std::string_view other_name, const io::Endpoint& other) {
  const bool is_same_host = endpoint.host == other.host || is_one_of_localhost(endpoint, other) ||
                            is_one_of_localhost(other, endpoint);
  if (!is_same_host || endpoint.port != other.port || endpoint.port == 0) return {};
  return refuse(fmt::format("{}: {} is {} as well", name, endpoint.to_string(), other_name));
}

Result<> check_vhosts(const Settings& settings) {
  const std::vector<std::string> vhosts = vhosts_of(settings);
  const std::set<std::string_view> names(vhosts.begin(), vhosts.end());
  if (names.size() != vhosts.size()) return refuse("amqp.vhosts: a virtual host is named twice");
  for (const std::string_view name : names) {
    if (name.empty() || name.size() > vhost_bytes_max) {
      return refuse(fmt::format("amqp.vhosts: a name of {} bytes, expected 1 to {}", name.size(),
                                vhost_bytes_max));
    }
  }
  return {};
}

// As browsers write them: scheme, host and port only.
Result<> check_cors_origins(const Settings& settings) {
  for (const std::string& origin : cors_origins_of(settings)) {
    const std::size_t host = origin.find("://");
    const bool is_origin = host != std::string::npos && host > 0 &&
                           origin.find_first_of("/ ", host + 3) == std::string::npos &&
                           origin.size() > host + 3;
    if (origin == "*" || is_origin) continue;
    return refuse(fmt::format(
        "http.cors_origins: found '{}', expected an origin like https://example.com:8443, or *",
        origin));
  }
  return {};
}

// Without a port: what a browser asks for at one port it may ask for at all of them.
Result<> check_http_hosts(const Settings& settings) {
  for (const std::string& host : http_hosts_of(settings)) {
    if (!host.empty() && host.find_first_of(":/ ") == std::string::npos) continue;
    return refuse(
        fmt::format("http.hosts: found '{}', expected a name like shop.test, or *", host));
  }
  return {};
}

struct ListenerSetting {
  std::string_view name;
  const io::Endpoint& endpoint;
};

Result<> check_listeners(const Settings& settings) {
  const std::array listeners{ListenerSetting{"listen.any", settings.listen_any},
                             ListenerSetting{"listen.kafka", settings.listen_kafka},
                             ListenerSetting{"listen.amqp", settings.listen_amqp},
                             ListenerSetting{"listen.http", settings.listen_http}};
  for (std::size_t n = 0; n < listeners.size(); ++n) {
    const auto& [name, endpoint] = listeners[n];
    TRY(check_anonymous(settings, name, endpoint));
    for (std::size_t other = 0; other < n; ++other) {
      TRY(check_distinct(name, endpoint, listeners[other].name, listeners[other].endpoint));
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> vhosts_of(const Settings& settings) {
  return split_at_commas(settings.amqp_vhosts);
}

std::vector<std::string> cors_origins_of(const Settings& settings) {
  if (settings.http_cors_origins.empty()) return {};
  return split_at_commas(settings.http_cors_origins);
}

std::vector<std::string> http_hosts_of(const Settings& settings) {
  if (settings.http_hosts.empty()) return {};
  return split_at_commas(settings.http_hosts);
}

Result<> check_together(const Settings& settings) {
  TRY(check_tls(settings));
  TRY(check_listeners(settings));
  TRY(check_vhosts(settings));
  TRY(check_cors_origins(settings));
  TRY(check_http_hosts(settings));
  if (settings.groups_session_timeout_min_ms > settings.groups_session_timeout_max_ms) {
    return refuse("groups.session_timeout_min_ms: is above groups.session_timeout_max_ms");
  }
  if (settings.topics_default_partitions > settings.topics_partitions_max) {
    return refuse("topics.default_partitions: is above topics.partitions_max");
  }
  if (settings.kafka_request_bytes_max > settings.memory_request_bytes) {
    return refuse("kafka.request_bytes_max: is above memory.request_bytes");
  }
  if (settings.topics_message_bytes_max > settings.journal_chunk_bytes / 4) {
    return refuse("topics.message_bytes_max: is above a quarter of journal.chunk_bytes");
  }
  if (settings.amqp_message_bytes_max > settings.journal_chunk_bytes / 4) {
    return refuse("amqp.message_bytes_max: is above a quarter of journal.chunk_bytes");
  }
  if (settings.data_directory.empty()) return refuse("data.directory: is empty");
  return {};
}

}  // namespace koine::server
