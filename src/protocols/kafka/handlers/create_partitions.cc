#include "protocols/kafka/handlers/create_partitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocols/kafka/handlers/given_twice.h"
#include "protocols/kafka/handlers/topic_errors.h"

namespace koine::kafka {

namespace {

using Asked = CreatePartitionsRequest::Topic;

TopicError check_assignments(const Asked& asked, std::size_t added) {
  if (!asked.assignments) return {};
  if (asked.assignments->size() != added) {
    return {
        KafkaError::invalid_replica_assignment,
        fmt::format("{} partitions are added and {} assigned", added, asked.assignments->size())};
  }
  const auto is_ours = [](const auto& assignment) {
    return assignment.broker_ids == std::vector{broker_id};
  };
  if (std::ranges::all_of(*asked.assignments, is_ours)) return {};
  return {KafkaError::invalid_replica_assignment,
          fmt::format("there is one broker: a partition can only be assigned to [{}]", broker_id)};
}

TopicError check(const Scope& scope, const Asked& asked) {
  const auto topic = scope.engine.catalog().find(asked.name);
  if (topic == nullptr) {
    return {KafkaError::unknown_topic_or_partition,
            fmt::format("topic {} does not exist", asked.name)};
  }
  const std::size_t count = topic->partitions.size();
  if (asked.count < 0 || static_cast<std::size_t>(asked.count) <= count) {
    return {KafkaError::invalid_partitions,
            fmt::format("topic {} has {} partitions; expected more, not {}", asked.name, count,
                        asked.count)};
  }
  TopicError error = check_assignments(asked, static_cast<std::size_t>(asked.count) - count);
  if (error.is_set()) return error;
  const auto checked =
      scope.engine.check_add_partitions(asked.name, static_cast<std::uint32_t>(asked.count));
  return checked ? TopicError() : TopicError(checked.error());
}

}  // namespace

Task<CreatePartitionsResponse> handle(Scope& scope, CreatePartitionsRequest request,
                                      Version /*version*/) {
  const auto twice = given_twice(request.topics, &Asked::name);
  CreatePartitionsResponse response;
  response.results.reserve(request.topics.size());
  for (const Asked& asked : request.topics) {
    TopicError error = check(scope, asked);
    if (twice.contains(asked.name)) {
      error = {KafkaError::invalid_request, "the topic is in the request twice"};
    }
    if (!error.is_set() && !request.validate_only) {
      const auto added =
          co_await scope.engine.add_partitions(asked.name, static_cast<std::uint32_t>(asked.count));
      if (!added) error = TopicError(added.error());
    }
    response.results.push_back(
        {.name = asked.name, .error_code = error.code, .error_message = std::move(error.message)});
  }
  co_return response;
}

}  // namespace koine::kafka
