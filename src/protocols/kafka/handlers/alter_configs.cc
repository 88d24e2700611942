#include "protocols/kafka/handlers/alter_configs.h"

#include <fmt/format.h>

#include <concepts>
#include <set>
#include <utility>

#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/config_resources.h"
#include "protocols/kafka/handlers/given_twice.h"
#include "protocols/kafka/handlers/topic_configs.h"

namespace koine::kafka {

namespace {

// IncrementalAlterConfigs' config_operation (KIP-339).
enum class ConfigOperation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

struct Outcome {
  KafkaError error = KafkaError::none;
  std::optional<std::string> message;
};

Result<> apply(TopicConfigChange& change, const AlterConfigsRequest::Config& config) {
  return change.set(config.name, config.value);
}

Result<> apply(TopicConfigChange& change, const IncrementalAlterConfigsRequest::Config& config) {
  switch (static_cast<ConfigOperation>(config.config_operation)) {
    case ConfigOperation::set: return change.set(config.name, config.value);
    case ConfigOperation::remove: return change.reset(config.name);
    case ConfigOperation::append: return change.append(config.name, config.value);
    case ConfigOperation::subtract: return change.subtract(config.name, config.value);
  }
  return fail(ErrorCode::unsupported,
              fmt::format("unknown operation {} on {}", config.config_operation, config.name));
}

// The resource's own errors, before its settings are looked at.
template <typename Resource>
Outcome check(const Scope& scope, const Resource& resource) {
  const auto type = static_cast<ConfigResource>(resource.resource_type);
  if (type == ConfigResource::broker) {
    return {KafkaError::invalid_request,
            "the broker's settings can't be changed while it runs: they are in its configuration"};
  }
  if (type != ConfigResource::topic) {
    return {
        KafkaError::invalid_request,
        fmt::format("settings of resources of type {} are not supported", resource.resource_type)};
  }
  std::set<std::string_view> names;
  for (const auto& config : resource.configs) {
    if (names.insert(config.name).second) continue;
    return {KafkaError::invalid_request, fmt::format("{} is given twice", config.name)};
  }
  if (scope.engine.catalog().find(resource.resource_name) == nullptr) {
    return {KafkaError::unknown_topic_or_partition,
            fmt::format("topic {} does not exist", resource.resource_name)};
  }
  return {};
}

template <typename Configs>
Outcome apply_all(TopicConfigChange& change, const Configs& configs) {
  for (const auto& config : configs) {
    const Result<> applied = apply(change, config);
    if (applied) continue;
    const bool is_config = applied.error().code() == ErrorCode::invalid_argument;
    return {is_config ? KafkaError::invalid_config : KafkaError::invalid_request,
            applied.error().message()};
  }
  return {};
}

Task<Outcome> commit(Scope& scope, std::string topic, TopicConfigChange change) {
  const auto changed = co_await scope.engine.change_settings(std::move(topic), change.settings(),
                                                             change.given(), change.changed());
  if (changed) co_return Outcome{};
  co_return Outcome{to_kafka_error(changed.error()), changed.error().message()};
}

template <typename Response, typename Request>
Task<Response> alter(Scope& scope, Request request) {
  constexpr bool replaces_all = std::same_as<Request, AlterConfigsRequest>;
  const auto twice = given_twice(request.resources, [](const auto& resource) {
    return std::pair(resource.resource_type, resource.resource_name);
  });
  Response response;
  for (const auto& resource : request.resources) {
    Outcome outcome = check(scope, resource);
    TopicConfigChange change(scope.engine.options());
    if (replaces_all) change.reset_all();
    if (outcome.error == KafkaError::none &&
        twice.contains({resource.resource_type, resource.resource_name})) {
      outcome = {KafkaError::invalid_request, "the resource is in the request twice"};
    }
    if (outcome.error == KafkaError::none) outcome = apply_all(change, resource.configs);
    if (outcome.error == KafkaError::none && !request.validate_only) {
      outcome = co_await commit(scope, resource.resource_name, change);
    }
    response.responses.push_back({.error_code = outcome.error,
                                  .error_message = std::move(outcome.message),
                                  .resource_type = resource.resource_type,
                                  .resource_name = resource.resource_name});
  }
  co_return response;
}

}  // namespace

Task<AlterConfigsResponse> handle(Scope& scope, AlterConfigsRequest request, Version /*version*/) {
  return alter<AlterConfigsResponse>(scope, std::move(request));
}

Task<IncrementalAlterConfigsResponse> handle(Scope& scope, IncrementalAlterConfigsRequest request,
                                             Version /*version*/) {
  return alter<IncrementalAlterConfigsResponse>(scope, std::move(request));
}

}  // namespace koine::kafka
