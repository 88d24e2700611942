#include "protocols/kafka/handlers/offset_fetch.h"

#include <utility>

#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/coordinator_call.h"

namespace koine::kafka {

namespace {

constexpr Version request_error_first = 2;
constexpr Version batched_first = 8;
constexpr std::int64_t no_offset = -1;

using Asked = std::optional<std::vector<OffsetFetchRequest::Topic>>;
using Topic = OffsetFetchResponse::Topic;
using Partition = OffsetFetchResponse::Partition;

core::FetchRequest to_core(const std::string& group, const Asked& asked) {
  core::FetchRequest request{.group = group, .partitions = std::nullopt};
  if (!asked) return request;
  request.partitions.emplace();
  for (const OffsetFetchRequest::Topic& topic : *asked) {
    for (const std::int32_t index : topic.partition_indexes) {
      request.partitions->push_back({.topic = topic.name, .partition = PartitionId(index)});
    }
  }
  return request;
}

Partition to_wire(const core::FetchedOffset& fetched) {
  Partition partition{
      .partition_index = static_cast<std::int32_t>(fetched.partition.partition.value()),
      .committed_offset = no_offset,
      .metadata = ""};
  if (fetched.committed) {
    partition.committed_offset = fetched.committed->offset.value();
    partition.committed_leader_epoch = fetched.committed->leader_epoch;
    partition.metadata = fetched.committed->metadata;
  }
  return partition;
}

// Offsets of one topic are next to each other, in the order in which they were asked for.
std::vector<Topic> by_topic(const std::vector<core::FetchedOffset>& offsets) {
  std::vector<Topic> topics;
  for (const core::FetchedOffset& fetched : offsets) {
    if (topics.empty() || topics.back().name != fetched.partition.topic) {
      topics.push_back({.name = fetched.partition.topic});
    }
    topics.back().partitions.push_back(to_wire(fetched));
  }
  return topics;
}

// Before version 2 there is no place for the group's error but the partitions.
std::vector<Topic> with_error(const Asked& asked, KafkaError error) {
  std::vector<Topic> topics;
  if (!asked) return topics;
  for (const OffsetFetchRequest::Topic& topic : *asked) {
    Topic& answered = topics.emplace_back();
    answered.name = topic.name;
    for (const std::int32_t index : topic.partition_indexes) {
      answered.partitions.push_back({.partition_index = index,
                                     .committed_offset = no_offset,
                                     .metadata = "",
                                     .error_code = error});
    }
  }
  return topics;
}

Task<core::FetchResult> fetch(Scope& scope, const std::string& group, const Asked& asked) {
  return call_coordinator_of<core::FetchResult>(
      scope, group, [request = to_core(group, asked)](core::GroupCoordinator& groups) {
        return groups.fetch(request);
      });
}

}  // namespace

Task<OffsetFetchResponse> handle(Scope& scope, OffsetFetchRequest request, Version version) {
  OffsetFetchResponse response;
  if (version < batched_first) {
    const auto call = fetch(scope, request.group_id, request.topics);
    const core::FetchResult result = co_await call;
    response.error_code = to_kafka_error(result.error);
    const bool has_error = result.error != core::GroupError::none;
    response.topics = has_error && version < request_error_first
                          ? with_error(request.topics, response.error_code)
                          : by_topic(result.offsets);
    co_return response;
  }
  response.groups.reserve(request.groups.size());
  for (OffsetFetchRequest::Group& group : request.groups) {
    const auto call = fetch(scope, group.group_id, group.topics);
    const core::FetchResult result = co_await call;
    response.groups.push_back({.group_id = std::move(group.group_id),
                               .topics = by_topic(result.offsets),
                               .error_code = to_kafka_error(result.error)});
  }
  co_return response;
}

}  // namespace koine::kafka
