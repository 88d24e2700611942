#include "protocols/http/topics.h"

#include <fmt/format.h>

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
