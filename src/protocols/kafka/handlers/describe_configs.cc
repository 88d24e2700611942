#include "protocols/kafka/handlers/describe_configs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocols/kafka/handlers/broker_configs.h"
#include "protocols/kafka/handlers/config_resources.h"
#include "protocols/kafka/handlers/topic_configs.h"

namespace koine::kafka {

namespace {

using Config = DescribeConfigsResponse::Config;
using Outcome = DescribeConfigsResponse::TopicResult;
using Resource = DescribeConfigsRequest::Resource;
using Synonym = DescribeConfigsResponse::Synonym;

std::int8_t number_of(ConfigSource source) { return static_cast<std::int8_t>(source); }

// Null and empty both ask for all.
bool is_asked_for(const Resource& resource, std::string_view name) {
  const auto& names = resource.configuration_keys;
  return !names || names->empty() || std::ranges::find(*names, name) != names->end();
}

// What topics without a setting of their own have: Koine's default, and before it what the server's configuration says.
std::vector<Synonym> defaults_of(const TopicConfig& config, const core::EngineOptions& options) {
  const std::string built_in = value_of(config, core::TopicSettings(), options);
  const std::string configured = value_of(config, options.topic_defaults, options);
  const std::string name(config.broker_name.empty() ? config.name : config.broker_name);
  std::vector<Synonym> synonyms;
  if (configured != built_in) {
    synonyms.push_back({name, configured, number_of(ConfigSource::static_broker)});
  }
  synonyms.push_back({name, built_in, number_of(ConfigSource::default_value)});
  return synonyms;
}

// The first synonym is the one that counts.
Config with_synonyms(std::string_view name, std::vector<Synonym> synonyms,
                     const DescribeConfigsRequest& request) {
  Config described{.name = std::string(name),
                   .value = synonyms.front().value,
                   .is_default = synonyms.front().source == number_of(ConfigSource::default_value),
                   .config_source = synonyms.front().source};
  if (request.include_synonyms) described.synonyms = std::move(synonyms);
  return described;
}

void document(Config& described, ConfigType type, std::string_view documentation,
              const DescribeConfigsRequest& request) {
  described.config_type = static_cast<std::int8_t>(type);
  if (request.include_documentation) described.documentation = documentation;
}

Config describe(const TopicConfig& config, const core::Topic& topic,
                const core::EngineOptions& options, const DescribeConfigsRequest& request) {
  std::vector<Synonym> synonyms = defaults_of(config, options);
  if ((topic.settings_given & config.bit) != 0) {
    synonyms.insert(synonyms.begin(),
                    {std::string(config.name), value_of(config, topic.settings, options),
                     number_of(ConfigSource::topic)});
  }
  Config described = with_synonyms(config.name, std::move(synonyms), request);
  described.read_only = config.is_fact();
  document(described, config.type, config.documentation, request);
  return described;
}

void describe_topic(const Scope& scope, const Resource& resource,
                    const DescribeConfigsRequest& request, Outcome& result) {
  const auto topic = scope.engine.catalog().find(resource.resource_name);
  if (topic == nullptr) {
    result.error_code = core::is_valid_topic_name(resource.resource_name)
                            ? KafkaError::unknown_topic_or_partition
                            : KafkaError::invalid_topic_exception;
    result.error_message = fmt::format("topic {} does not exist", resource.resource_name);
    return;
  }
  for (const TopicConfig& config : topic_configs()) {
    if (!is_asked_for(resource, config.name)) continue;
    result.configs.push_back(describe(config, *topic, scope.engine.options(), request));
  }
}

void describe_broker(const Scope& scope, const Resource& resource,
                     const DescribeConfigsRequest& request, Outcome& result) {
  // The empty name asks for what was changed for all brokers while they run: nothing can be.
  if (resource.resource_name.empty()) return;
  if (resource.resource_name != std::to_string(broker_id)) {
    result.error_code = KafkaError::invalid_request;
    result.error_message =
        fmt::format("there is no broker {}; expected {}", resource.resource_name, broker_id);
    return;
  }
  const auto add = [&](Config described, ConfigType type, std::string_view documentation) {
    described.read_only = true;
    document(described, type, documentation, request);
    result.configs.push_back(std::move(described));
  };
  for (const BrokerConfig& config : broker_configs()) {
    if (!is_asked_for(resource, config.name)) continue;
    const std::string name(config.name);
    std::vector<Synonym> synonyms{
        {name, config.value(scope), number_of(ConfigSource::static_broker)}};
    add(with_synonyms(name, std::move(synonyms), request), config.type, config.documentation);
  }
  for (const TopicConfig& config : topic_configs()) {
    if (config.broker_name.empty() || !is_asked_for(resource, config.broker_name)) continue;
    add(with_synonyms(config.broker_name, defaults_of(config, scope.engine.options()), request),
        config.type, config.documentation);
  }
}

}  // namespace

Task<DescribeConfigsResponse> handle(Scope& scope, DescribeConfigsRequest request,
                                     Version /*version*/) {
  DescribeConfigsResponse response;
  response.results.reserve(request.resources.size());
  for (const Resource& resource : request.resources) {
    Outcome& result = response.results.emplace_back();
    result.resource_type = resource.resource_type;
    result.resource_name = resource.resource_name;
    switch (static_cast<ConfigResource>(resource.resource_type)) {
      case ConfigResource::topic: describe_topic(scope, resource, request, result); break;
      case ConfigResource::broker: describe_broker(scope, resource, request, result); break;
      default:
        result.error_code = KafkaError::invalid_request;
        result.error_message = fmt::format("settings of resources of type {} are not supported",
                                           resource.resource_type);
    }
  }
  co_return response;
}

}  // namespace koine::kafka
