// Finding the log of a topic's partition, and what requests say about the leader's epoch.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "base/ids.h"
#include "core/engine.h"
#include "protocols/kafka/broker_options.h"
#include "protocols/kafka/error_code.h"

namespace koine::kafka {

// UNKNOWN_TOPIC_OR_PARTITION when `topic` is null or has no such partition.
inline std::expected<LogId, KafkaError> find_log(const core::Topic* topic, std::int32_t partition) {
  if (topic == nullptr || partition < 0 ||
      static_cast<std::size_t>(partition) >= topic->partitions.size()) {
    return std::unexpected(KafkaError::unknown_topic_or_partition);
  }
  return topic->partitions[static_cast<std::size_t>(partition)];
}

// The epoch in which the client believes the leader to be; -1: it does not say (KIP-320).
inline KafkaError check_leader_epoch(std::int32_t epoch) {
  if (epoch == -1 || epoch == leader_epoch) return KafkaError::none;
  return epoch < leader_epoch ? KafkaError::fenced_leader_epoch : KafkaError::unknown_leader_epoch;
}

}  // namespace koine::kafka
