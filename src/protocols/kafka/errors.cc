#include "protocols/kafka/errors.h"

namespace koine::kafka {

KafkaError to_kafka_error(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return KafkaError::invalid_request;
    case ErrorCode::not_found: return KafkaError::unknown_topic_or_partition;
    case ErrorCode::already_exists: return KafkaError::topic_already_exists;
    case ErrorCode::out_of_range: return KafkaError::offset_out_of_range;
    case ErrorCode::corrupt: return KafkaError::corrupt_message;
    case ErrorCode::too_large: return KafkaError::message_too_large;
    // Clients retry it, and go on by themselves when there is space again.
    case ErrorCode::io_error:
    case ErrorCode::no_space: return KafkaError::kafka_storage_error;
    case ErrorCode::unavailable: return KafkaError::leader_not_available;
    case ErrorCode::timed_out: return KafkaError::request_timed_out;
    // What was closed is going away with the server: clients look for the leader again.
    case ErrorCode::closed: return KafkaError::not_leader_or_follower;
    case ErrorCode::conflict: return KafkaError::out_of_order_sequence_number;
    case ErrorCode::duplicate: return KafkaError::duplicate_sequence_number;
    case ErrorCode::denied: return KafkaError::topic_authorization_failed;
    case ErrorCode::unauthenticated: return KafkaError::sasl_authentication_failed;
    case ErrorCode::unsupported: return KafkaError::unsupported_version;
  }
  return KafkaError::unknown_server_error;
}

KafkaError to_kafka_error(core::GroupError error) {
  using enum core::GroupError;
  switch (error) {
    case none: return KafkaError::none;
    case invalid_group_id: return KafkaError::invalid_group_id;
    case unknown_member: return KafkaError::unknown_member_id;
    case illegal_generation: return KafkaError::illegal_generation;
    case rebalance_in_progress: return KafkaError::rebalance_in_progress;
    case inconsistent_protocol: return KafkaError::inconsistent_group_protocol;
    case invalid_session_timeout: return KafkaError::invalid_session_timeout;
    case member_id_required: return KafkaError::member_id_required;
    case fenced_instance: return KafkaError::fenced_instance_id;
    // Trying again does not help, and clients give up on it.
    case too_many_groups:
    case group_max_size: return KafkaError::group_max_size_reached;
    case too_large: return KafkaError::policy_violation;
    case invalid_request: return KafkaError::invalid_request;
    // Not KAFKA_STORAGE_ERROR: consumers try again only after errors that they know of coordinators.
    case storage:
    case coordinator_not_available: return KafkaError::coordinator_not_available;
    case non_empty_group: return KafkaError::non_empty_group;
    case group_not_found: return KafkaError::group_id_not_found;
    case subscribed_to_topic: return KafkaError::group_subscribed_to_topic;
    case offset_metadata_too_large: return KafkaError::offset_metadata_too_large;
  }
  return KafkaError::unknown_server_error;
}

}  // namespace koine::kafka
