// From Koine's error codes to Kafka's. The default for every code; a handler that knows better (a group's generation,
// an authorization of a group instead of a topic) says its own.
#pragma once

#include "base/error.h"
#include "core/group_messages.h"
#include "protocols/kafka/error_code.h"

namespace koine::kafka {

KafkaError to_kafka_error(ErrorCode code);
inline KafkaError to_kafka_error(const Error& error) { return to_kafka_error(error.code()); }
KafkaError to_kafka_error(core::GroupError error);

}  // namespace koine::kafka
