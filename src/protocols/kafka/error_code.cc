#include "protocols/kafka/error_code.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace koine::kafka {
namespace {

struct Named {
  KafkaError error;
  std::string_view name;
};

// In order of their numbers, without a hole.
constexpr auto names = std::to_array<Named>({
    {KafkaError::unknown_server_error, "UNKNOWN_SERVER_ERROR"},
    {KafkaError::none, "NONE"},
    {KafkaError::offset_out_of_range, "OFFSET_OUT_OF_RANGE"},
    {KafkaError::corrupt_message, "CORRUPT_MESSAGE"},
    {KafkaError::unknown_topic_or_partition, "UNKNOWN_TOPIC_OR_PARTITION"},
    {KafkaError::invalid_fetch_size, "INVALID_FETCH_SIZE"},
    {KafkaError::leader_not_available, "LEADER_NOT_AVAILABLE"},
    {KafkaError::not_leader_or_follower, "NOT_LEADER_OR_FOLLOWER"},
    {KafkaError::request_timed_out, "REQUEST_TIMED_OUT"},
    {KafkaError::broker_not_available, "BROKER_NOT_AVAILABLE"},
    {KafkaError::replica_not_available, "REPLICA_NOT_AVAILABLE"},
    {KafkaError::message_too_large, "MESSAGE_TOO_LARGE"},
    {KafkaError::stale_controller_epoch, "STALE_CONTROLLER_EPOCH"},
    {KafkaError::offset_metadata_too_large, "OFFSET_METADATA_TOO_LARGE"},
    {KafkaError::network_exception, "NETWORK_EXCEPTION"},
    {KafkaError::coordinator_load_in_progress, "COORDINATOR_LOAD_IN_PROGRESS"},
    {KafkaError::coordinator_not_available, "COORDINATOR_NOT_AVAILABLE"},
    {KafkaError::not_coordinator, "NOT_COORDINATOR"},
    {KafkaError::invalid_topic_exception, "INVALID_TOPIC_EXCEPTION"},
    {KafkaError::record_list_too_large, "RECORD_LIST_TOO_LARGE"},
    {KafkaError::not_enough_replicas, "NOT_ENOUGH_REPLICAS"},
    {KafkaError::not_enough_replicas_after_append, "NOT_ENOUGH_REPLICAS_AFTER_APPEND"},
    {KafkaError::invalid_required_acks, "INVALID_REQUIRED_ACKS"},
    {KafkaError::illegal_generation, "ILLEGAL_GENERATION"},
    {KafkaError::inconsistent_group_protocol, "INCONSISTENT_GROUP_PROTOCOL"},
    {KafkaError::invalid_group_id, "INVALID_GROUP_ID"},
    {KafkaError::unknown_member_id, "UNKNOWN_MEMBER_ID"},
    {KafkaError::invalid_session_timeout, "INVALID_SESSION_TIMEOUT"},
    {KafkaError::rebalance_in_progress, "REBALANCE_IN_PROGRESS"},
    {KafkaError::invalid_commit_offset_size, "INVALID_COMMIT_OFFSET_SIZE"},
    {KafkaError::topic_authorization_failed, "TOPIC_AUTHORIZATION_FAILED"},
    {KafkaError::group_authorization_failed, "GROUP_AUTHORIZATION_FAILED"},
    {KafkaError::cluster_authorization_failed, "CLUSTER_AUTHORIZATION_FAILED"},
    {KafkaError::invalid_timestamp, "INVALID_TIMESTAMP"},
    {KafkaError::unsupported_sasl_mechanism, "UNSUPPORTED_SASL_MECHANISM"},
    {KafkaError::illegal_sasl_state, "ILLEGAL_SASL_STATE"},
    {KafkaError::unsupported_version, "UNSUPPORTED_VERSION"},
    {KafkaError::topic_already_exists, "TOPIC_ALREADY_EXISTS"},
    {KafkaError::invalid_partitions, "INVALID_PARTITIONS"},
    {KafkaError::invalid_replication_factor, "INVALID_REPLICATION_FACTOR"},
    {KafkaError::invalid_replica_assignment, "INVALID_REPLICA_ASSIGNMENT"},
    {KafkaError::invalid_config, "INVALID_CONFIG"},
    {KafkaError::not_controller, "NOT_CONTROLLER"},
    {KafkaError::invalid_request, "INVALID_REQUEST"},
    {KafkaError::unsupported_for_message_format, "UNSUPPORTED_FOR_MESSAGE_FORMAT"},
    {KafkaError::policy_violation, "POLICY_VIOLATION"},
    {KafkaError::out_of_order_sequence_number, "OUT_OF_ORDER_SEQUENCE_NUMBER"},
    {KafkaError::duplicate_sequence_number, "DUPLICATE_SEQUENCE_NUMBER"},
    {KafkaError::invalid_producer_epoch, "INVALID_PRODUCER_EPOCH"},
    {KafkaError::invalid_txn_state, "INVALID_TXN_STATE"},
    {KafkaError::invalid_producer_id_mapping, "INVALID_PRODUCER_ID_MAPPING"},
    {KafkaError::invalid_transaction_timeout, "INVALID_TRANSACTION_TIMEOUT"},
    {KafkaError::concurrent_transactions, "CONCURRENT_TRANSACTIONS"},
    {KafkaError::transaction_coordinator_fenced, "TRANSACTION_COORDINATOR_FENCED"},
    {KafkaError::transactional_id_authorization_failed, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"},
    {KafkaError::security_disabled, "SECURITY_DISABLED"},
    {KafkaError::operation_not_attempted, "OPERATION_NOT_ATTEMPTED"},
    {KafkaError::kafka_storage_error, "KAFKA_STORAGE_ERROR"},
    {KafkaError::log_dir_not_found, "LOG_DIR_NOT_FOUND"},
    {KafkaError::sasl_authentication_failed, "SASL_AUTHENTICATION_FAILED"},
    {KafkaError::unknown_producer_id, "UNKNOWN_PRODUCER_ID"},
    {KafkaError::reassignment_in_progress, "REASSIGNMENT_IN_PROGRESS"},
    {KafkaError::delegation_token_auth_disabled, "DELEGATION_TOKEN_AUTH_DISABLED"},
    {KafkaError::delegation_token_not_found, "DELEGATION_TOKEN_NOT_FOUND"},
    {KafkaError::delegation_token_owner_mismatch, "DELEGATION_TOKEN_OWNER_MISMATCH"},
    {KafkaError::delegation_token_request_not_allowed, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED"},
    {KafkaError::delegation_token_authorization_failed, "DELEGATION_TOKEN_AUTHORIZATION_FAILED"},
    {KafkaError::delegation_token_expired, "DELEGATION_TOKEN_EXPIRED"},
    {KafkaError::invalid_principal_type, "INVALID_PRINCIPAL_TYPE"},
    {KafkaError::non_empty_group, "NON_EMPTY_GROUP"},
    {KafkaError::group_id_not_found, "GROUP_ID_NOT_FOUND"},
    {KafkaError::fetch_session_id_not_found, "FETCH_SESSION_ID_NOT_FOUND"},
    {KafkaError::invalid_fetch_session_epoch, "INVALID_FETCH_SESSION_EPOCH"},
    {KafkaError::listener_not_found, "LISTENER_NOT_FOUND"},
    {KafkaError::topic_deletion_disabled, "TOPIC_DELETION_DISABLED"},
    {KafkaError::fenced_leader_epoch, "FENCED_LEADER_EPOCH"},
    {KafkaError::unknown_leader_epoch, "UNKNOWN_LEADER_EPOCH"},
    {KafkaError::unsupported_compression_type, "UNSUPPORTED_COMPRESSION_TYPE"},
    {KafkaError::stale_broker_epoch, "STALE_BROKER_EPOCH"},
    {KafkaError::offset_not_available, "OFFSET_NOT_AVAILABLE"},
    {KafkaError::member_id_required, "MEMBER_ID_REQUIRED"},
    {KafkaError::preferred_leader_not_available, "PREFERRED_LEADER_NOT_AVAILABLE"},
    {KafkaError::group_max_size_reached, "GROUP_MAX_SIZE_REACHED"},
    {KafkaError::fenced_instance_id, "FENCED_INSTANCE_ID"},
    {KafkaError::eligible_leaders_not_available, "ELIGIBLE_LEADERS_NOT_AVAILABLE"},
    {KafkaError::election_not_needed, "ELECTION_NOT_NEEDED"},
    {KafkaError::no_reassignment_in_progress, "NO_REASSIGNMENT_IN_PROGRESS"},
    {KafkaError::group_subscribed_to_topic, "GROUP_SUBSCRIBED_TO_TOPIC"},
    {KafkaError::invalid_record, "INVALID_RECORD"},
    {KafkaError::unstable_offset_commit, "UNSTABLE_OFFSET_COMMIT"},
    {KafkaError::throttling_quota_exceeded, "THROTTLING_QUOTA_EXCEEDED"},
    {KafkaError::producer_fenced, "PRODUCER_FENCED"},
    {KafkaError::resource_not_found, "RESOURCE_NOT_FOUND"},
    {KafkaError::duplicate_resource, "DUPLICATE_RESOURCE"},
    {KafkaError::unacceptable_credential, "UNACCEPTABLE_CREDENTIAL"},
    {KafkaError::inconsistent_voter_set, "INCONSISTENT_VOTER_SET"},
    {KafkaError::invalid_update_version, "INVALID_UPDATE_VERSION"},
    {KafkaError::feature_update_failed, "FEATURE_UPDATE_FAILED"},
    {KafkaError::principal_deserialization_failure, "PRINCIPAL_DESERIALIZATION_FAILURE"},
    {KafkaError::snapshot_not_found, "SNAPSHOT_NOT_FOUND"},
    {KafkaError::position_out_of_range, "POSITION_OUT_OF_RANGE"},
    {KafkaError::unknown_topic_id, "UNKNOWN_TOPIC_ID"},
    {KafkaError::duplicate_broker_registration, "DUPLICATE_BROKER_REGISTRATION"},
    {KafkaError::broker_id_not_registered, "BROKER_ID_NOT_REGISTERED"},
    {KafkaError::inconsistent_topic_id, "INCONSISTENT_TOPIC_ID"},
    {KafkaError::inconsistent_cluster_id, "INCONSISTENT_CLUSTER_ID"},
    {KafkaError::transactional_id_not_found, "TRANSACTIONAL_ID_NOT_FOUND"},
    {KafkaError::fetch_session_topic_id_error, "FETCH_SESSION_TOPIC_ID_ERROR"},
    {KafkaError::ineligible_replica, "INELIGIBLE_REPLICA"},
    {KafkaError::new_leader_elected, "NEW_LEADER_ELECTED"},
    {KafkaError::offset_moved_to_tiered_storage, "OFFSET_MOVED_TO_TIERED_STORAGE"},
    {KafkaError::fenced_member_epoch, "FENCED_MEMBER_EPOCH"},
    {KafkaError::unreleased_instance_id, "UNRELEASED_INSTANCE_ID"},
    {KafkaError::unsupported_assignor, "UNSUPPORTED_ASSIGNOR"},
    {KafkaError::stale_member_epoch, "STALE_MEMBER_EPOCH"},
    {KafkaError::mismatched_endpoint_type, "MISMATCHED_ENDPOINT_TYPE"},
    {KafkaError::unsupported_endpoint_type, "UNSUPPORTED_ENDPOINT_TYPE"},
    {KafkaError::unknown_controller_id, "UNKNOWN_CONTROLLER_ID"},
    {KafkaError::unknown_subscription_id, "UNKNOWN_SUBSCRIPTION_ID"},
    {KafkaError::telemetry_too_large, "TELEMETRY_TOO_LARGE"},
    {KafkaError::invalid_registration, "INVALID_REGISTRATION"},
    {KafkaError::transaction_abortable, "TRANSACTION_ABORTABLE"},
    {KafkaError::invalid_record_state, "INVALID_RECORD_STATE"},
    {KafkaError::share_session_not_found, "SHARE_SESSION_NOT_FOUND"},
    {KafkaError::invalid_share_session_epoch, "INVALID_SHARE_SESSION_EPOCH"},
    {KafkaError::fenced_state_epoch, "FENCED_STATE_EPOCH"},
    {KafkaError::invalid_voter_key, "INVALID_VOTER_KEY"},
    {KafkaError::duplicate_voter, "DUPLICATE_VOTER"},
    {KafkaError::voter_not_found, "VOTER_NOT_FOUND"},
    {KafkaError::invalid_regular_expression, "INVALID_REGULAR_EXPRESSION"},
    {KafkaError::rebootstrap_required, "REBOOTSTRAP_REQUIRED"},
    {KafkaError::streams_invalid_topology, "STREAMS_INVALID_TOPOLOGY"},
    {KafkaError::streams_invalid_topology_epoch, "STREAMS_INVALID_TOPOLOGY_EPOCH"},
    {KafkaError::streams_topology_fenced, "STREAMS_TOPOLOGY_FENCED"},
    {KafkaError::share_session_limit_reached, "SHARE_SESSION_LIMIT_REACHED"},
    {KafkaError::group_deletion_failed, "GROUP_DELETION_FAILED"},
    {KafkaError::streams_topology_description_update_failed,
     "STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED"},
    {KafkaError::controller_id_not_registered, "CONTROLLER_ID_NOT_REGISTERED"},
});

constexpr std::ptrdiff_t place_of(KafkaError error) {
  return static_cast<std::ptrdiff_t>(error) -
         static_cast<std::ptrdiff_t>(KafkaError::unknown_server_error);
}

static_assert(std::ranges::all_of(names, [place = 0](const Named& named) mutable {
  return place_of(named.error) == place++;
}));

}  // namespace

std::string_view name_of(KafkaError error) {
  const std::ptrdiff_t place = place_of(error);
  const bool is_known = place >= 0 && place < std::ssize(names);
  return is_known ? names[static_cast<std::size_t>(place)].name : names.front().name;
}

}  // namespace koine::kafka
