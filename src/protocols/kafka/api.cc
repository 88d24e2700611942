#include "protocols/kafka/api.h"

#include <array>

#include "base/check.h"

namespace koine::kafka {

namespace {

constexpr Api api(ApiKey key, std::string_view name, VersionRange versions,
                  Version flexible_first = never_flexible) {
  return {key, name, versions, versions, flexible_first};
}

// Produce 0 to 2 carry record formats that are refused, and are advertised all the same: librdkafka before 2.11.1
// otherwise sends everything uncompressed, without a word (librdkafka issues 4948 and 4956).
constexpr Api produce{.key = ApiKey::produce,
                      .name = "Produce",
                      .advertised = {0, 9},
                      .accepted = {3, 9},
                      .flexible_first = 9};

// Fetch ends at 12 and Metadata at 12: later versions name topics by id alone. JoinGroup starts at 0: librdkafka
// before 2.11.0 takes its absence for a broker without groups.
constexpr auto apis = std::to_array<Api>({
    produce,
    api(ApiKey::fetch, "Fetch", {4, 12}, 12),
    api(ApiKey::list_offsets, "ListOffsets", {0, 7}, 6),
    api(ApiKey::metadata, "Metadata", {0, 12}, 9),
    api(ApiKey::offset_commit, "OffsetCommit", {0, 8}, 8),
    api(ApiKey::offset_fetch, "OffsetFetch", {1, 8}, 6),
    api(ApiKey::find_coordinator, "FindCoordinator", {0, 4}, 3),
    api(ApiKey::join_group, "JoinGroup", {0, 9}, 6),
    api(ApiKey::heartbeat, "Heartbeat", {0, 4}, 4),
    api(ApiKey::leave_group, "LeaveGroup", {0, 5}, 4),
    api(ApiKey::sync_group, "SyncGroup", {0, 5}, 4),
    api(ApiKey::describe_groups, "DescribeGroups", {0, 5}, 5),
    api(ApiKey::list_groups, "ListGroups", {0, 4}, 3),
    api(ApiKey::sasl_handshake, "SaslHandshake", {0, 1}),
    api(ApiKey::api_versions, "ApiVersions", {0, 4}, 3),
    api(ApiKey::create_topics, "CreateTopics", {0, 7}, 5),
    api(ApiKey::delete_topics, "DeleteTopics", {0, 6}, 4),
    api(ApiKey::delete_records, "DeleteRecords", {0, 2}, 2),
    api(ApiKey::init_producer_id, "InitProducerId", {0, 4}, 2),
    api(ApiKey::offset_for_leader_epoch, "OffsetForLeaderEpoch", {2, 4}, 4),
    api(ApiKey::describe_configs, "DescribeConfigs", {0, 4}, 4),
    api(ApiKey::alter_configs, "AlterConfigs", {0, 2}, 2),
    api(ApiKey::describe_log_dirs, "DescribeLogDirs", {0, 4}, 2),
    api(ApiKey::sasl_authenticate, "SaslAuthenticate", {0, 2}, 2),
    api(ApiKey::create_partitions, "CreatePartitions", {0, 3}, 2),
    api(ApiKey::delete_groups, "DeleteGroups", {0, 2}, 2),
    api(ApiKey::incremental_alter_configs, "IncrementalAlterConfigs", {0, 1}, 1),
    api(ApiKey::offset_delete, "OffsetDelete", {0, 0}),
    api(ApiKey::describe_cluster, "DescribeCluster", {0, 1}, 0),
    api(ApiKey::describe_producers, "DescribeProducers", {0, 0}, 0),
});

}  // namespace

std::span<const Api> supported_apis() { return apis; }

const Api* find_api(std::int16_t key) {
  const auto* const found = std::ranges::lower_bound(apis, static_cast<ApiKey>(key), {}, &Api::key);
  return found != apis.end() && found->key == static_cast<ApiKey>(key) ? found : nullptr;
}

const Api& api_of(ApiKey key) {
  const Api* const found = find_api(static_cast<std::int16_t>(key));
  CHECK(found != nullptr);
  return *found;
}

std::string_view name_of(ApiKey key) { return api_of(key).name; }

}  // namespace koine::kafka
