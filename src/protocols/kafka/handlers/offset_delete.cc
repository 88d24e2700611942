#include "protocols/kafka/handlers/offset_delete.h"

#include <utility>

#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/coordinator_call.h"
#include "protocols/kafka/handlers/partitions.h"

namespace koine::kafka {

namespace {

OffsetDeleteResponse take_partitions(const Scope& scope, const OffsetDeleteRequest& request,
                                     std::vector<core::TopicPartition>& existing) {
  OffsetDeleteResponse response;
  for (const OffsetDeleteRequest::Topic& topic : request.topics) {
    OffsetDeleteResponse::Topic& answered = response.topics.emplace_back();
    answered.name = topic.name;
    for (const auto& [index] : topic.partitions) {
      const bool exists = has_partition(scope, topic.name, index);
      answered.partitions.push_back(
          {.partition_index = index,
           .error_code = exists ? KafkaError::none : KafkaError::unknown_topic_or_partition});
      if (exists) existing.push_back({.topic = topic.name, .partition = PartitionId(index)});
    }
  }
  return response;
}

void fill_in(OffsetDeleteResponse& response, const std::vector<core::GroupError>& errors) {
  auto next = errors.begin();
  for (OffsetDeleteResponse::Topic& topic : response.topics) {
    for (OffsetDeleteResponse::Partition& partition : topic.partitions) {
      if (partition.error_code == KafkaError::none) partition.error_code = to_kafka_error(*next++);
    }
  }
}

}  // namespace

Task<OffsetDeleteResponse> handle(Scope& scope, OffsetDeleteRequest request, Version /*version*/) {
  std::vector<core::TopicPartition> existing;
  OffsetDeleteResponse response = take_partitions(scope, request, existing);
  const auto call = call_coordinator_of<core::DeleteOffsetsResult>(
      scope, request.group_id,
      [group = request.group_id,
       existing = std::move(existing)](core::GroupCoordinator& groups) mutable {
        return groups.delete_offsets(std::move(group), std::move(existing));
      });
  const core::DeleteOffsetsResult result = co_await call;
  if (result.error != core::GroupError::none) {
    co_return OffsetDeleteResponse{.error_code = to_kafka_error(result.error)};
  }
  fill_in(response, result.by_partition);
  co_return response;
}

}  // namespace koine::kafka
