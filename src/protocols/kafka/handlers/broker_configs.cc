#include "protocols/kafka/handlers/broker_configs.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace koine::kafka {

namespace {

std::string id_of_broker(const Scope& /*scope*/) { return std::to_string(broker_id); }
std::string always_true(const Scope& /*scope*/) { return "true"; }
std::string always_one(const Scope& /*scope*/) { return "1"; }

std::string advertised_listeners(const Scope& scope) {
  const std::string_view login = scope.options.needs_login() ? "SASL_" : "";
  const std::string_view transport = scope.connection.is_encrypted ? "SSL" : "PLAINTEXT";
  return fmt::format("{}{}://{}", login, transport, scope.connection.advertised.to_string());
}

std::string auto_create_topics(const Scope& scope) {
  return scope.engine.options().auto_create_topics ? "true" : "false";
}

std::string idle_max_ms(const Scope& scope) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::milliseconds>(scope.options.idle_max).count());
}

std::string data_directory(const Scope& scope) { return scope.engine.options().data_directory; }

std::string partitions_default(const Scope& scope) {
  return std::to_string(scope.engine.options().partitions_default);
}

std::string offsets_retention_minutes(const Scope& scope) {
  constexpr std::int64_t minute_ms = 60'000;
  return std::to_string(scope.engine.options().groups.offsets_retention_ms / minute_ms);
}

std::string session_timeout_min_ms(const Scope& scope) {
  return std::to_string(scope.engine.options().groups.session_timeout_min_ms);
}

std::string session_timeout_max_ms(const Scope& scope) {
  return std::to_string(scope.engine.options().groups.session_timeout_max_ms);
}

std::string initial_rebalance_delay_ms(const Scope& scope) {
  return std::to_string(scope.engine.options().groups.initial_rebalance_delay_ms);
}

std::string members_per_group_max(const Scope& scope) {
  return std::to_string(scope.engine.options().groups.members_per_group_max);
}

std::string offset_metadata_bytes_max(const Scope& scope) {
  return std::to_string(scope.engine.options().groups.offset_metadata_bytes_max);
}

std::string producer_id_expiration_ms(const Scope& scope) {
  return std::to_string(scope.engine.options().producer_id_expiration_ms);
}

std::string request_bytes_max(const Scope& scope) {
  return std::to_string(scope.options.request_bytes_max);
}

constexpr auto configs = std::to_array<BrokerConfig>({
    {"advertised.listeners", ConfigType::string, advertised_listeners,
     "Where clients that reached the server as this one did are told to connect."},
    {"auto.create.topics.enable", ConfigType::boolean, auto_create_topics,
     "Whether topics are created when a client asks for them."},
    {"broker.id", ConfigType::int32, id_of_broker, "The id of the one broker."},
    {"connections.max.idle.ms", ConfigType::int64, idle_max_ms,
     "A connection on which nothing moves for so long is closed."},
    {"default.replication.factor", ConfigType::int32, always_one, "There is one replica."},
    {"delete.topic.enable", ConfigType::boolean, always_true, "Topics can be deleted."},
    {"group.initial.rebalance.delay.ms", ConfigType::int32, initial_rebalance_delay_ms,
     "How long the first rebalance of an empty group waits for more members."},
    {"group.max.session.timeout.ms", ConfigType::int32, session_timeout_max_ms,
     "The longest session timeout that a member may ask for."},
    {"group.max.size", ConfigType::int32, members_per_group_max, "The most members of a group."},
    {"group.min.session.timeout.ms", ConfigType::int32, session_timeout_min_ms,
     "The shortest session timeout that a member may ask for."},
    {"log.dirs", ConfigType::string, data_directory, "The data directory."},
    {"node.id", ConfigType::int32, id_of_broker, "The id of the one broker."},
    {"num.partitions", ConfigType::int32, partitions_default,
     "The partitions of a topic that is created without saying how many."},
    {"offset.metadata.max.bytes", ConfigType::int32, offset_metadata_bytes_max,
     "The longest metadata of a committed offset."},
    {"offsets.retention.minutes", ConfigType::int32, offsets_retention_minutes,
     "How long the offsets of a group are kept that nobody reads with."},
    {"producer.id.expiration.ms", ConfigType::int32, producer_id_expiration_ms,
     "How long an idle producer is remembered."},
    {"socket.request.max.bytes", ConfigType::int32, request_bytes_max, "The largest request."},
});

}  // namespace

std::span<const BrokerConfig> broker_configs() { return configs; }

}  // namespace koine::kafka
