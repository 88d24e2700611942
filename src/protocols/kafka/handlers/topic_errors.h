// The errors of changing topics, by Kafka's codes and with the sentence for the client.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "protocols/kafka/errors.h"

namespace koine::kafka {

// none: no error. Converts from Koine's errors where changing a topic means something else than in general.
struct TopicError {
  KafkaError code = KafkaError::none;
  std::optional<std::string> message;

  TopicError() = default;
  TopicError(KafkaError kafka_code, std::string sentence)
      : code(kafka_code), message(std::move(sentence)) {}
  explicit TopicError(const Error& error) : code(code_of(error.code())), message(error.message()) {}

  bool is_set() const { return code != KafkaError::none; }

 private:
  static KafkaError code_of(ErrorCode code) {
    switch (code) {
      // More partitions than the server may have.
      case ErrorCode::too_large: return KafkaError::policy_violation;
      case ErrorCode::invalid_argument: return KafkaError::invalid_partitions;
      default: return to_kafka_error(code);
    }
  }
};

}  // namespace koine::kafka
