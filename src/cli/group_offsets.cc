#include "cli/group_offsets.h"

#include <fmt/format.h>

#include "protocols/kafka/messages/group_offsets.h"

namespace koine::cli {

namespace {

void take(std::vector<GroupOffset>& offsets,
          const std::vector<kafka::OffsetFetchResponse::Topic>& topics) {
  for (const auto& topic : topics) {
    for (const auto& partition : topic.partitions) {
      offsets.push_back({topic.name, partition.partition_index, partition.committed_offset});
    }
  }
}

}  // namespace

Task<Result<std::vector<GroupOffset>>> fetch_group_offsets(KafkaClient& client, std::string group) {
  kafka::OffsetFetchRequest request;
  // Which of the two is sent depends on the version; no topics: all.
  request.group_id = group;
  request.groups.emplace_back().group_id = group;
  CO_TRY(const auto answer, co_await client.call<kafka::OffsetFetchResponse>(std::move(request)));
  CO_TRY(check(answer.message.error_code, group));
  std::vector<GroupOffset> offsets;
  take(offsets, answer.message.topics);
  for (const auto& answered : answer.message.groups) {
    CO_TRY(check(answered.error_code, group));
    take(offsets, answered.topics);
  }
  co_return offsets;
}

Task<Result<>> commit_group_offsets(KafkaClient& client, std::string group,
                                    std::vector<GroupOffset> offsets) {
  kafka::OffsetCommitRequest request;
  request.group_id = group;
  for (const GroupOffset& offset : offsets) {
    if (request.topics.empty() || request.topics.back().name != offset.topic) {
      request.topics.emplace_back().name = offset.topic;
    }
    auto& partition = request.topics.back().partitions.emplace_back();
    partition.partition_index = offset.partition;
    partition.committed_offset = offset.offset;
  }
  CO_TRY(const auto answer, co_await client.call<kafka::OffsetCommitResponse>(std::move(request)));
  for (const auto& topic : answer.message.topics) {
    for (const auto& partition : topic.partitions) {
      CO_TRY(check(partition.error_code,
                   fmt::format("{}: {}/{}", group, topic.name, partition.partition_index)));
    }
  }
  co_return Result<>{};
}

}  // namespace koine::cli
