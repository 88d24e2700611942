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

}  // namespace koine::kafka
