#include "protocols/kafka/handlers/create_topics.h"

#include <fmt/format.h>

#include <utility>

#include "protocols/kafka/handlers/config_resources.h"
#include "protocols/kafka/handlers/given_twice.h"
#include "protocols/kafka/handlers/topic_configs.h"
#include "protocols/kafka/handlers/topic_errors.h"
#include "protocols/kafka/ids.h"

namespace koine::kafka {

namespace {

using Asked = CreateTopicsRequest::Topic;
using Answered = CreateTopicsResponse::Topic;

constexpr std::int32_t servers_choice = -1;

struct Specified {
  core::TopicSpec spec;
  TopicError error;
};

// Partitions that are placed by hand: 0, 1, 2, ... and each on our one broker.
TopicError check_assignments(const Asked& topic) {
  if (topic.num_partitions != servers_choice || topic.replication_factor != servers_choice) {
    return {KafkaError::invalid_request,
            "with assignments, the number of partitions and the replication factor must be -1"};
  }
  std::vector<bool> is_assigned(topic.assignments.size());
  for (const CreateTopicsRequest::Assignment& assignment : topic.assignments) {
    const auto index = static_cast<std::size_t>(assignment.partition_index);
    if (assignment.partition_index < 0 || index >= is_assigned.size() || is_assigned[index]) {
      return {KafkaError::invalid_replica_assignment,
              "assignments must be for consecutive partitions from 0 on"};
    }
    is_assigned[index] = true;
    if (assignment.broker_ids != std::vector{broker_id}) {
      return {
          KafkaError::invalid_replica_assignment,
          fmt::format("there is one broker: a partition can only be assigned to [{}]", broker_id)};
    }
  }
  return {};
}

TopicError check_counts(const Asked& topic) {
  if (!topic.assignments.empty()) return check_assignments(topic);
  if (topic.num_partitions < 1 && topic.num_partitions != servers_choice) {
    return {KafkaError::invalid_partitions,
            fmt::format("a topic has at least 1 partition, not {}", topic.num_partitions)};
  }
  if (topic.replication_factor != 1 && topic.replication_factor != servers_choice) {
    return {KafkaError::invalid_replication_factor,
            fmt::format("there is one broker: the replication factor is 1, not {}",
                        topic.replication_factor)};
  }
  return {};
}

std::uint32_t partition_count(const Scope& scope, const Asked& topic) {
  if (!topic.assignments.empty()) return static_cast<std::uint32_t>(topic.assignments.size());
  if (topic.num_partitions == servers_choice) return scope.engine.options().partitions_default;
  return static_cast<std::uint32_t>(topic.num_partitions);
}

TopicError check_name(const Scope& scope, const std::string& name) {
  if (!core::is_valid_topic_name(name)) {
    return {KafkaError::invalid_topic_exception,
            "a topic's name has 1 to 249 characters of a-z, A-Z, 0-9, '.', '_' and '-', and is not "
            "\".\" or \"..\""};
  }
  if (scope.engine.catalog().find(name) != nullptr) {
    return {KafkaError::topic_already_exists, fmt::format("topic {} exists already", name)};
  }
  return {};
}

Specified specify(const Scope& scope, const Asked& topic) {
  if (TopicError error = check_name(scope, topic.name); error.is_set()) return {{}, error};
  if (TopicError error = check_counts(topic); error.is_set()) return {{}, error};
  TopicConfigChange settings(scope.engine.options());
  for (const CreateTopicsRequest::Config& config : topic.configs) {
    const Result<> set = settings.set(config.name, config.value);
    if (!set) return {{}, {KafkaError::invalid_config, set.error().message()}};
  }
  core::TopicSpec spec{.name = topic.name,
                       .partition_count = partition_count(scope, topic),
                       .settings = settings.settings(),
                       .settings_given = settings.given()};
  if (const Result<> checked = scope.engine.check_create(spec); !checked) {
    return {{}, TopicError(checked.error())};
  }
  return {std::move(spec), {}};
}

// The settings that the topic has, or would have.
std::vector<CreateTopicsResponse::Config> configs_of(const core::EngineOptions& options,
                                                     const core::TopicSpec& spec) {
  std::vector<CreateTopicsResponse::Config> configs;
  for (const TopicConfig& config : topic_configs()) {
    const bool is_given = (spec.settings_given & config.bit) != 0;
    const auto& settings = is_given ? spec.settings : options.topic_defaults;
    std::string value = value_of(config, settings, options);
    const bool is_built_in = value == value_of(config, core::TopicSettings(), options);
    const ConfigSource source = is_given      ? ConfigSource::topic
                                : is_built_in ? ConfigSource::default_value
                                              : ConfigSource::static_broker;
    configs.push_back({.name = std::string(config.name),
                       .value = std::move(value),
                       .read_only = config.is_fact(),
                       .config_source = static_cast<std::int8_t>(source)});
  }
  return configs;
}

void refuse(Answered& answered, TopicError error) {
  answered.error_code = error.code;
  answered.error_message = std::move(error.message);
}

enum class Effect : std::uint8_t { create, validate_only };

Task<Answered> create(Scope& scope, const Asked& topic, Effect effect) {
  Answered answered{.name = topic.name};
  auto [spec, error] = specify(scope, topic);
  if (error.is_set()) {
    refuse(answered, std::move(error));
    co_return answered;
  }
  if (effect == Effect::create) {
    const auto created = co_await scope.engine.create_topic(spec);
    if (!created) {
      refuse(answered, TopicError(created.error()));
      co_return answered;
    }
    answered.topic_id = to_uuid((*created)->id);
  }
  answered.num_partitions = static_cast<std::int32_t>(spec.partition_count);
  answered.replication_factor = 1;
  answered.configs = configs_of(scope.engine.options(), spec);
  co_return answered;
}

}  // namespace

Task<CreateTopicsResponse> handle(Scope& scope, CreateTopicsRequest request, Version /*version*/) {
  const Effect effect = request.validate_only ? Effect::validate_only : Effect::create;
  const auto twice = given_twice(request.topics, &Asked::name);
  CreateTopicsResponse response;
  response.topics.reserve(request.topics.size());
  for (const Asked& topic : request.topics) {
    if (twice.contains(topic.name)) {
      refuse(response.topics.emplace_back(Answered{.name = topic.name}),
             {KafkaError::invalid_request, "the topic is in the request twice"});
      continue;
    }
    const auto creating = create(scope, topic, effect);
    response.topics.push_back(co_await creating);
  }
  co_return response;
}

}  // namespace koine::kafka
