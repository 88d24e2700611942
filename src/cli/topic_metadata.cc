#include "cli/topic_metadata.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocols/kafka/messages/list_offsets.h"
#include "protocols/kafka/messages/metadata.h"

namespace koine::cli {

Task<Result<std::int32_t>> partition_count_of(KafkaClient& client, std::string topic,
                                              Creation creation) {
  kafka::MetadataRequest request;
  request.topics.emplace().emplace_back().name = topic;
  request.allow_auto_topic_creation = creation == Creation::as_configured;
  CO_TRY(const auto answer, co_await client.call<kafka::MetadataResponse>(std::move(request)));
  if (answer.message.topics.size() != 1) {
    co_return fail(ErrorCode::corrupt, fmt::format("{}: the server did not answer", topic));
  }
  CO_TRY(check(answer.message.topics[0].error_code, topic));
  co_return static_cast<std::int32_t>(answer.message.topics[0].partitions.size());
}

Task<Result<std::vector<std::int64_t>>> offsets_at(KafkaClient& client, std::string topic,
                                                   std::vector<std::int32_t> partitions,
                                                   std::int64_t time) {
  kafka::ListOffsetsRequest request;
  request.replica_id = -1;
  auto& asked = request.topics.emplace_back();
  asked.name = topic;
  for (const std::int32_t partition : partitions) {
    auto& one = asked.partitions.emplace_back();
    one.partition_index = partition;
    one.timestamp = time;
  }
  CO_TRY(const auto answer, co_await client.call<kafka::ListOffsetsResponse>(std::move(request)));
  std::vector<std::int64_t> offsets(partitions.size(), -1);
  for (const auto& of_topic : answer.message.topics) {
    for (const auto& found : of_topic.partitions) {
      CO_TRY(check(found.error_code, fmt::format("{}/{}", topic, found.partition_index)));
      const auto at = std::ranges::find(partitions, found.partition_index);
      if (at != partitions.end()) {
        offsets[static_cast<std::size_t>(at - partitions.begin())] = found.offset;
      }
    }
  }
  if (time < 0 || std::ranges::find(offsets, -1) == offsets.end()) co_return offsets;
  CO_TRY(const auto ends, co_await offsets_at(client, topic, partitions, latest_offset));
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    if (offsets[i] < 0) offsets[i] = ends[i];
  }
  co_return offsets;
}

}  // namespace koine::cli
