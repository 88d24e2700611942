#include "protocols/kafka/handlers/describe_producers.h"

#include <utility>

#include "core/on_owners.h"
#include "core/partition.h"
#include "protocols/kafka/handlers/find_log.h"

namespace koine::kafka {

namespace {

using ActiveProducer = DescribeProducersResponse::ActiveProducer;

struct Question {
  LogId log;
};

struct Described {
  KafkaError error = KafkaError::none;
  std::vector<ActiveProducer> producers;
};

ActiveProducer describe(const core::Producers::Producer& producer) {
  const core::Producers::Batch& last = producer.batches.back();
  return {.producer_id = producer.id.value(),
          .producer_epoch = last.epoch,
          .last_sequence = last.last_sequence,
          .last_timestamp = producer.used_ms,
          .coordinator_epoch = -1,  // no transactions
          .current_txn_start_offset = -1};
}

Task<std::vector<Described>> describe_all(core::Engine& owner, std::vector<Question> questions) {
  std::vector<Described> all;
  all.reserve(questions.size());
  for (const Question& question : questions) {
    Described& described = all.emplace_back();
    const auto partition = owner.partition(question.log);
    if (partition == nullptr) {
      described.error = KafkaError::unknown_topic_or_partition;
      continue;
    }
    for (const auto& producer : partition->producers().all()) {
      described.producers.push_back(describe(producer));
    }
  }
  co_return all;
}

}  // namespace

Task<DescribeProducersResponse> handle(Scope& scope, DescribeProducersRequest request, Version) {
  DescribeProducersResponse response;
  std::vector<Question> questions;
  std::vector<DescribeProducersResponse::Partition*> places;
  response.topics.resize(request.topics.size());
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& asked = request.topics[t];
    const auto topic = scope.engine.catalog().find(asked.name);
    response.topics[t].name = asked.name;
    auto& answers = response.topics[t].partitions;
    answers.resize(asked.partition_indexes.size());
    for (std::size_t p = 0; p < answers.size(); ++p) {
      answers[p].partition_index = asked.partition_indexes[p];
      const auto log = find_log(topic.get(), asked.partition_indexes[p]);
      if (!log) {
        answers[p].error_code = log.error();
        continue;
      }
      questions.push_back({*log});
      places.push_back(&answers[p]);
    }
  }
  auto all = co_await on_owners(scope.engine, std::move(questions), &describe_all);
  for (std::size_t n = 0; n < all.size(); ++n) {
    places[n]->error_code = all[n].error;
    places[n]->active_producers = std::move(all[n].producers);
  }
  co_return response;
}

}  // namespace koine::kafka
