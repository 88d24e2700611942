#include "protocols/kafka/handlers/offset_commit.h"

#include <utility>

#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/coordinator_call.h"
#include "protocols/kafka/handlers/partitions.h"

namespace koine::kafka {

namespace {

// What a request says instead of a time or a duration of its own.
constexpr std::int64_t servers_choice = -1;

KafkaError check(const Scope& scope, const std::string& topic,
                 const OffsetCommitRequest::Partition& partition) {
  if (!has_partition(scope, topic, partition.partition_index)) {
    return KafkaError::unknown_topic_or_partition;
  }
  const bool is_valid =
      partition.committed_offset >= 0 && partition.commit_timestamp == servers_choice;
  return is_valid ? KafkaError::none : KafkaError::invalid_request;
}

core::OffsetCommit to_core(const std::string& topic, OffsetCommitRequest::Partition& partition) {
  return {.partition = {.topic = topic, .partition = PartitionId(partition.partition_index)},
          .offset = Offset(partition.committed_offset),
          .leader_epoch = partition.committed_leader_epoch,
          .metadata = std::move(partition.committed_metadata).value_or("")};
}

KafkaError commit_error(core::GroupError error) {
  // A group has offsets of more partitions than it may: this is how Kafka says that a commit is too large.
  if (error == core::GroupError::too_large) return KafkaError::invalid_commit_offset_size;
  return to_kafka_error(error);
}

// The response with the errors that are known before the group is asked; the others' partitions go to `commit`, in order.
OffsetCommitResponse take_offsets(const Scope& scope, OffsetCommitRequest& request,
                                  core::CommitRequest& commit) {
  OffsetCommitResponse response;
  response.topics.reserve(request.topics.size());
  for (OffsetCommitRequest::Topic& topic : request.topics) {
    OffsetCommitResponse::Topic& answered = response.topics.emplace_back();
    answered.name = topic.name;
    answered.partitions.reserve(topic.partitions.size());
    for (OffsetCommitRequest::Partition& partition : topic.partitions) {
      const KafkaError error = check(scope, topic.name, partition);
      answered.partitions.push_back(
          {.partition_index = partition.partition_index, .error_code = error});
      if (error == KafkaError::none) commit.offsets.push_back(to_core(topic.name, partition));
    }
  }
  return response;
}

void fill_in(OffsetCommitResponse& response, const std::vector<core::GroupError>& errors) {
  auto next = errors.begin();
  for (OffsetCommitResponse::Topic& topic : response.topics) {
    for (OffsetCommitResponse::Partition& partition : topic.partitions) {
      if (partition.error_code == KafkaError::none) partition.error_code = commit_error(*next++);
    }
  }
}

}  // namespace

Task<OffsetCommitResponse> handle(Scope& scope, OffsetCommitRequest request, Version /*version*/) {
  core::CommitRequest commit{
      .group = request.group_id,
      .generation = request.generation_id,
      .member_id = std::move(request.member_id),
      .instance_id = std::move(request.group_instance_id),
  };
  if (request.retention_time_ms != servers_choice) commit.retention_ms = request.retention_time_ms;
  OffsetCommitResponse response = take_offsets(scope, request, commit);
  if (commit.offsets.empty()) co_return response;
  const auto call = call_coordinator_of<std::vector<core::GroupError>>(
      scope, request.group_id,
      [commit = std::move(commit)](core::GroupCoordinator& groups) mutable {
        return groups.commit(std::move(commit));
      });
  fill_in(response, co_await call);
  co_return response;
}

}  // namespace koine::kafka
