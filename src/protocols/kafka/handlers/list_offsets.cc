#include "protocols/kafka/handlers/list_offsets.h"

#include <utility>

#include "core/on_owners.h"
#include "core/partition.h"
#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/find_log.h"

namespace koine::kafka {

namespace {

// What a client writes instead of a time.
constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;
constexpr std::int64_t largest_timestamp = -3;  // KIP-734
constexpr std::int64_t earliest_local = -4;     // KIP-405; everything is local

struct Question {
  LogId log;
  std::int64_t timestamp = 0;
};

struct Found {
  KafkaError error = KafkaError::none;
  std::int64_t offset = -1;
  std::int64_t timestamp = -1;
  std::int64_t high_watermark = -1;
};

Found at(Offset offset) { return {.offset = offset.value()}; }

Found at(const Result<std::optional<core::FoundTime>>& found) {
  if (!found) return {.error = to_kafka_error(found.error())};
  if (!*found) return {};
  return {.offset = (*found)->offset.value(), .timestamp = (*found)->timestamp};
}

Task<Found> find(std::shared_ptr<core::Partition> partition, std::int64_t timestamp) {
  switch (timestamp) {
    case latest: co_return at(partition->high_watermark());
    case earliest:
    case earliest_local: co_return at(partition->start_offset());
    case largest_timestamp: co_return at(co_await partition->find_largest_timestamp());
    default: break;
  }
  if (timestamp < 0) co_return Found{.error = KafkaError::unsupported_version};
  co_return at(co_await partition->find_by_time(timestamp));
}

Task<std::vector<Found>> find_all(core::Engine& owner, std::vector<Question> questions) {
  std::vector<Found> all;
  all.reserve(questions.size());
  for (const Question& question : questions) {
    auto partition = owner.partition(question.log);
    if (partition == nullptr) {
      all.push_back({.error = KafkaError::unknown_topic_or_partition});
      continue;
    }
    Found found = co_await find(partition, question.timestamp);
    found.high_watermark = partition->high_watermark().value();
    all.push_back(found);
  }
  co_return all;
}

// Version 0 asked for the starts of segments, newest first; here a log is one segment.
std::vector<std::int64_t> old_style(const Found& found, std::int32_t count_max) {
  if (found.error != KafkaError::none || count_max < 1) return {};
  return {found.offset >= 0 ? found.offset : found.high_watermark};
}

void fill(ListOffsetsResponse::Partition& answer, const Found& found, std::int32_t count_max) {
  answer.error_code = found.error;
  answer.offset = found.offset;
  answer.timestamp = found.timestamp;
  if (found.offset >= 0) answer.leader_epoch = leader_epoch;
  answer.old_style_offsets = old_style(found, count_max);
}

}  // namespace

Task<ListOffsetsResponse> handle(Scope& scope, ListOffsetsRequest request, Version) {
  ListOffsetsResponse response;
  std::vector<Question> questions;
  std::vector<std::pair<ListOffsetsResponse::Partition*, std::int32_t>> places;
  response.topics.resize(request.topics.size());
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& asked = request.topics[t];
    const auto topic = scope.engine.catalog().find(asked.name);
    response.topics[t].name = asked.name;
    auto& answers = response.topics[t].partitions;
    answers.resize(asked.partitions.size());
    for (std::size_t p = 0; p < answers.size(); ++p) {
      const auto& partition = asked.partitions[p];
      answers[p].partition_index = partition.partition_index;
      const auto log = find_log(topic.get(), partition.partition_index);
      answers[p].error_code =
          log ? check_leader_epoch(partition.current_leader_epoch) : log.error();
      if (answers[p].error_code != KafkaError::none) continue;
      questions.push_back({*log, partition.timestamp});
      places.emplace_back(&answers[p], partition.max_num_offsets);
    }
  }
  const auto all = co_await on_owners(scope.engine, std::move(questions), &find_all);
  for (std::size_t n = 0; n < all.size(); ++n) fill(*places[n].first, all[n], places[n].second);
  co_return response;
}

Task<OffsetForLeaderEpochResponse> handle(Scope& scope, OffsetForLeaderEpochRequest request,
                                          Version) {
  OffsetForLeaderEpochResponse response;
  std::vector<Question> questions;
  std::vector<OffsetForLeaderEpochResponse::Partition*> places;
  response.topics.resize(request.topics.size());
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& asked = request.topics[t];
    const auto topic = scope.engine.catalog().find(asked.topic);
    response.topics[t].topic = asked.topic;
    auto& answers = response.topics[t].partitions;
    answers.resize(asked.partitions.size());
    for (std::size_t p = 0; p < answers.size(); ++p) {
      const auto& partition = asked.partitions[p];
      answers[p].partition = partition.partition;
      const auto log = find_log(topic.get(), partition.partition);
      answers[p].error_code =
          log ? check_leader_epoch(partition.current_leader_epoch) : log.error();
      // Of an epoch that we never had nothing is known: -1, without an error.
      if (answers[p].error_code != KafkaError::none || partition.leader_epoch != leader_epoch) {
        continue;
      }
      questions.push_back({*log, latest});
      places.push_back(&answers[p]);
    }
  }
  const auto all = co_await on_owners(scope.engine, std::move(questions), &find_all);
  for (std::size_t n = 0; n < all.size(); ++n) {
    places[n]->error_code = all[n].error;
    if (all[n].error != KafkaError::none) continue;
    places[n]->leader_epoch = leader_epoch;
    places[n]->end_offset = all[n].offset;
  }
  co_return response;
}

}  // namespace koine::kafka
