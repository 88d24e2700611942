#include "protocols/http/topics.h"

#include <fmt/format.h>

#include "core/partitioner.h"

namespace koine::http {

namespace {

constexpr std::string_view header_prefix = "header.";

}  // namespace

Parameter topic_parameter() {
  return {.name = "topic", .description = "The topic's name.", .place = Parameter::Place::path};
}

Outcome<core::TopicPtr> find_topic(const Scope& scope, const Request& request) {
  const std::string_view name = request.arguments.text("topic");
  core::TopicPtr topic = scope.engine().catalog().find(name);
  if (topic == nullptr) {
    return refuse(Status::not_found, fmt::format("there is no topic '{}'", name));
  }
  return topic;
}

Outcome<std::vector<PartitionId>> partitions_of(const Request& request, const core::Topic& topic) {
  std::vector<PartitionId> partitions;
  for (const Argument& argument : request.arguments) {
    if (argument.name != "partition") continue;
    if (argument.number >= static_cast<std::int64_t>(topic.partitions.size())) {
      return refuse(Status::bad_request,
                    fmt::format("partition: found {}, topic {} has {}", argument.number, topic.name,
                                topic.partitions.size()));
    }
    partitions.emplace_back(static_cast<std::int32_t>(argument.number));
  }
  return partitions;
}

Outcome<std::int32_t> choose_partition(const core::Topic& topic, const RecordDraft& draft,
                                       std::uint32_t spread) {
  const auto count = static_cast<std::int32_t>(topic.partitions.size());
  if (const auto& chosen = draft.partition()) {
    if (*chosen < 0 || *chosen >= count) {
      return refuse(Status::bad_request, fmt::format("partition: found {}, topic {} has {}",
                                                     *chosen, topic.name, count));
    }
    return static_cast<std::int32_t>(*chosen);
  }
  if (draft.key()) return core::partition_of_key(*draft.key(), count);
  return static_cast<std::int32_t>(spread % static_cast<std::uint32_t>(count));
}

std::vector<Parameter> filter_parameters() {
  return {{.name = "key", .description = "Only records with this key."},
          {.name = "header.*",
           .description = "Only records whose header of that name has this value.",
           .repeats = true}};
}

RecordFilter filter_of(const Request& request) {
  RecordFilter filter;
  for (const Argument& argument : request.arguments) {
    if (argument.name == "key") filter.key = argument.value;
    if (!argument.name.starts_with(header_prefix)) continue;
    filter.headers.push_back(
        {std::string(argument.name.substr(header_prefix.size())), std::string(argument.value)});
  }
  return filter;
}

}  // namespace koine::http
