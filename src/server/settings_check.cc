// What can only be said about several settings together.
#include <fmt/format.h>

#include "server/settings.h"

namespace koine::server {

namespace {

std::unexpected<Error> refuse(std::string sentence) {
  return fail(ErrorCode::invalid_argument, std::move(sentence));
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
  if (!is_open || is_loopback(endpoint.host)) return {};
  return refuse(fmt::format(
      "{}: {} can be reached from other machines and there are no users, so that everybody could "
      "read and write; add users (`koine user add`), or set security.allow_anonymous = true",
      name, endpoint.to_string()));
}

}  // namespace

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<> check_together(const Settings& settings) {
  TRY(check_tls(settings));
  TRY(check_anonymous(settings, "listen.any", settings.listen_any));
  TRY(check_anonymous(settings, "listen.kafka", settings.listen_kafka));
  if (settings.listen_any == settings.listen_kafka && settings.listen_any.port != 0) {
    return refuse(
        fmt::format("listen.kafka: {} is listen.any as well", settings.listen_kafka.to_string()));
  }
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
  if (settings.data_directory.empty()) return refuse("data.directory: is empty");
  return {};
}

}  // namespace koine::server
