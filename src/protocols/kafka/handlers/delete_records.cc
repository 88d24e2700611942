#include "protocols/kafka/handlers/delete_records.h"

#include <utility>

#include "core/on_owners.h"
#include "core/partition.h"
#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/find_log.h"

namespace koine::kafka {

namespace {

// Instead of an offset: everything there is now.
constexpr std::int64_t high_watermark = -1;

struct Deletion {
  LogId log;
  std::int64_t offset = 0;
};

using Outcome = Result<Offset>;

Task<Outcome> delete_below(std::shared_ptr<core::Partition> partition, std::int64_t offset) {
  const Offset start = offset == high_watermark ? partition->high_watermark() : Offset(offset);
  co_return co_await partition->delete_records(start);
}

struct Deleted {
  KafkaError error = KafkaError::none;
  std::int64_t low_watermark = -1;
};

Task<std::vector<Deleted>> delete_all(core::Engine& owner, std::vector<Deletion> deletions) {
  std::vector<Deleted> all;
  all.reserve(deletions.size());
  for (const Deletion& deletion : deletions) {
    auto partition = owner.partition(deletion.log);
    if (partition == nullptr) {
      all.push_back({.error = KafkaError::unknown_topic_or_partition});
      continue;
    }
    const Outcome outcome = co_await delete_below(std::move(partition), deletion.offset);
    all.push_back(outcome ? Deleted{.low_watermark = outcome->value()}
                          : Deleted{.error = to_kafka_error(outcome.error())});
  }
  co_return all;
}

}  // namespace

Task<DeleteRecordsResponse> handle(Scope& scope, DeleteRecordsRequest request, Version) {
  DeleteRecordsResponse response;
  std::vector<Deletion> deletions;
  std::vector<DeleteRecordsResponse::Partition*> places;
  response.topics.resize(request.topics.size());
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& asked = request.topics[t];
    const auto topic = scope.engine.catalog().find(asked.name);
    response.topics[t].name = asked.name;
    auto& answers = response.topics[t].partitions;
    answers.resize(asked.partitions.size());
    for (std::size_t p = 0; p < answers.size(); ++p) {
      answers[p].partition_index = asked.partitions[p].partition_index;
      answers[p].low_watermark = -1;
      const auto log = find_log(topic.get(), asked.partitions[p].partition_index);
      if (!log) {
        answers[p].error_code = log.error();
        continue;
      }
      deletions.push_back({*log, asked.partitions[p].offset});
      places.push_back(&answers[p]);
    }
  }
  const auto all = co_await on_owners(scope.engine, std::move(deletions), &delete_all);
  for (std::size_t n = 0; n < all.size(); ++n) {
    places[n]->error_code = all[n].error;
    places[n]->low_watermark = all[n].low_watermark;
  }
  co_return response;
}

}  // namespace koine::kafka
