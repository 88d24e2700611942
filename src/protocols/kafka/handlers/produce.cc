#include "protocols/kafka/handlers/produce.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/on_owners.h"
#include "core/partition.h"
#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/find_log.h"

namespace koine::kafka {

namespace {

using PartitionResponse = ProduceResponse::PartitionResponse;

struct Batch {
  LogId log;
  Bytes bytes;
};

struct Appended {
  KafkaError error = KafkaError::none;
  std::string message;
  std::int64_t base_offset = -1;
  WallTimeMs append_time_ms = -1;
  std::int64_t start_offset = -1;
};

// A batch in the journal that waits for the disk. The commit is its shard's: it travels back there.
struct Waiting {
  LogId log;
  std::shared_ptr<journal::Commit> commit;
};

struct FirstOutcome {
  Appended appended;
  std::optional<Waiting> waiting;
};

// The request, once everything has its place: what is answered when the disk has it.
struct Pending {
  core::Engine* here = nullptr;
  ProduceResponse response;
  std::vector<Waiting> waiting;
  std::vector<PartitionResponse*> places;  // of the waiting, in the response
};

Task<FirstOutcome> append(core::Engine& owner, Batch batch) {
  const auto partition = owner.partition(batch.log);
  if (partition == nullptr) {
    co_return FirstOutcome{.appended = {.error = KafkaError::unknown_topic_or_partition},
                           .waiting = std::nullopt};
  }
  const auto appended = co_await partition->append(std::move(batch.bytes));
  FirstOutcome outcome;
  if (!appended) {
    outcome.appended.error = to_produce_error(appended.error());
    outcome.appended.message = appended.error().message();
    co_return outcome;
  }
  outcome.appended = {.base_offset = appended->base_offset.value(),
                      .append_time_ms = appended->append_time_ms,
                      .start_offset = partition->start_offset().value()};
  if (appended->commit != nullptr) outcome.waiting = Waiting{batch.log, appended->commit};
  co_return outcome;
}

Task<std::vector<FirstOutcome>> append_all(core::Engine& owner, std::vector<Batch> batches) {
  std::vector<FirstOutcome> outcomes;
  outcomes.reserve(batches.size());
  for (Batch& batch : batches) outcomes.push_back(co_await append(owner, std::move(batch)));
  co_return outcomes;
}

Task<std::vector<KafkaError>> wait_for_disk(core::Engine&, std::vector<Waiting> waiting) {
  std::vector<KafkaError> errors;
  errors.reserve(waiting.size());
  for (Waiting& batch : waiting) {
    const auto outcome = co_await journal::done(std::move(batch.commit));
    errors.push_back(outcome ? KafkaError::none : to_produce_error(outcome.error()));
  }
  co_return errors;
}

void fill(PartitionResponse& response, Appended&& appended) {
  response.error_code = appended.error;
  response.base_offset = appended.base_offset;
  response.log_append_time_ms = appended.append_time_ms;
  response.log_start_offset = appended.start_offset;
  if (!appended.message.empty()) response.error_message = std::move(appended.message);
}

void refuse(PartitionResponse& response, KafkaError error) {
  fill(response, {.error = error, .message = {}});
}

Task<ProduceResponse> second_stage(Pending pending) {
  auto errors = co_await on_owners(*pending.here, std::move(pending.waiting), &wait_for_disk);
  for (std::size_t n = 0; n < errors.size(); ++n) {
    if (errors[n] != KafkaError::none) refuse(*pending.places[n], errors[n]);
  }
  co_return std::move(pending.response);
}

Task<ProduceResponse> ready(ProduceResponse response) { co_return response; }

// Why the whole request is refused, if it is.
KafkaError check(const ProduceRequest& request, Version version) {
  if (!api_of(ApiKey::produce).accepted.has(version)) return KafkaError::unsupported_version;
  if (request.acks < -1 || request.acks > 1) return KafkaError::invalid_required_acks;
  // Nobody gets a transactional id here: see handlers/init_producer_id.h.
  if (request.transactional_id) return KafkaError::transactional_id_authorization_failed;
  return KafkaError::none;
}

// The batches of the partitions that exist, and where their outcomes belong.
struct Plan {
  std::vector<Batch> batches;
  std::vector<PartitionResponse*> places;
};

Plan plan(const Scope& scope, const ProduceRequest& request, ProduceResponse& response) {
  Plan plan;
  for (std::size_t t = 0; t < request.topic_data.size(); ++t) {
    const auto topic = scope.engine.catalog().find(request.topic_data[t].name);
    auto& partitions = response.responses[t].partition_responses;
    for (std::size_t p = 0; p < partitions.size(); ++p) {
      const auto& data = request.topic_data[t].partition_data[p];
      const auto log = find_log(topic.get(), data.index);
      if (!log) {
        refuse(partitions[p], log.error());
      } else if (!data.records || data.records->size() == 0) {
        refuse(partitions[p], KafkaError::invalid_record);
      } else {
        const ByteView records = data.records->view();
        const auto at = static_cast<std::size_t>(records.data() - scope.frame.data());
        plan.batches.push_back({*log, scope.frame.slice(at, records.size())});
        plan.places.push_back(&partitions[p]);
      }
    }
  }
  return plan;
}

// One place for each partition of the request.
ProduceResponse empty_response(const ProduceRequest& request, KafkaError error) {
  ProduceResponse response;
  response.responses.reserve(request.topic_data.size());
  for (const auto& topic : request.topic_data) {
    auto& answered = response.responses.emplace_back();
    answered.name = topic.name;
    answered.partition_responses.reserve(topic.partition_data.size());
    for (const auto& partition : topic.partition_data) {
      auto& place = answered.partition_responses.emplace_back();
      place.index = partition.index;
      refuse(place, error);
    }
  }
  return response;
}

}  // namespace

Task<Task<ProduceResponse>> begin(Scope& scope, ProduceRequest request, Version version) {
  const KafkaError error = check(request, version);
  ProduceResponse response = empty_response(request, error);
  if (error != KafkaError::none) co_return ready(std::move(response));

  Plan planned = plan(scope, request, response);
  auto outcomes = co_await on_owners(scope.engine, std::move(planned.batches), &append_all);
  Pending pending{.here = &scope.engine};
  for (std::size_t n = 0; n < outcomes.size(); ++n) {
    fill(*planned.places[n], std::move(outcomes[n].appended));
    if (!outcomes[n].waiting) continue;
    pending.waiting.push_back(std::move(*outcomes[n].waiting));
    pending.places.push_back(planned.places[n]);
  }
  pending.response = std::move(response);
  if (pending.waiting.empty()) co_return ready(std::move(pending.response));
  co_return second_stage(std::move(pending));
}

KafkaError to_produce_error(const Error& error) {
  switch (error.code()) {
    case ErrorCode::unsupported: return KafkaError::unsupported_for_message_format;
    case ErrorCode::invalid_argument: return KafkaError::invalid_record;
    case ErrorCode::out_of_range: return KafkaError::invalid_timestamp;
    case ErrorCode::denied: return KafkaError::invalid_producer_epoch;
    // A queue that is bound to the topic is full, and is to refuse what comes: trying again is the application's matter.
    case ErrorCode::unavailable: return KafkaError::policy_violation;
    default: return to_kafka_error(error);
  }
}

bool has_errors(const ProduceResponse& response) {
  return std::ranges::any_of(response.responses, [](const auto& topic) {
    return std::ranges::any_of(topic.partition_responses, [](const auto& partition) {
      return partition.error_code != KafkaError::none;
    });
  });
}

}  // namespace koine::kafka
