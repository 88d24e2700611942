#include "protocols/kafka/handlers/metadata.h"

#include <utility>

#include "protocols/kafka/authorized_operations.h"
#include "protocols/kafka/errors.h"
#include "protocols/kafka/ids.h"

namespace koine::kafka {

namespace {

using Topic = MetadataResponse::Topic;

Topic describe(const core::Topic& topic, const MetadataRequest& request) {
  Topic described{.name = topic.name, .topic_id = to_uuid(topic.id)};
  described.partitions.reserve(topic.partitions.size());
  for (std::size_t index = 0; index < topic.partitions.size(); ++index) {
    described.partitions.push_back({.partition_index = static_cast<std::int32_t>(index),
                                    .leader_id = broker_id,
                                    .leader_epoch = leader_epoch,
                                    .replica_nodes = {broker_id},
                                    .isr_nodes = {broker_id}});
  }
  if (request.include_topic_authorized_operations) {
    described.topic_authorized_operations = topic_operations;
  }
  return described;
}

KafkaError creation_error(const Error& error) {
  switch (error.code()) {
    case ErrorCode::invalid_argument: return KafkaError::invalid_topic_exception;
    case ErrorCode::too_large: return KafkaError::policy_violation;
    default: return to_kafka_error(error);
  }
}

// The topic, made if need be.
Task<Result<core::TopicPtr>> create(Scope& scope, std::string name) {
  const std::uint32_t partition_count = scope.engine.options().partitions_default;
  auto created =
      co_await scope.engine.create_topic({.name = name, .partition_count = partition_count});
  if (!created && created.error().code() == ErrorCode::already_exists) {
    // Somebody else was faster.
    if (auto topic = scope.engine.catalog().find(name)) co_return topic;
  }
  co_return created;
}

Task<Topic> find_by_name(Scope& scope, std::string name, const MetadataRequest& request) {
  if (const auto topic = scope.engine.catalog().find(name)) co_return describe(*topic, request);
  if (!core::is_valid_topic_name(name)) {
    co_return Topic{.error_code = KafkaError::invalid_topic_exception, .name = std::move(name)};
  }
  if (!request.allow_auto_topic_creation || !scope.engine.options().auto_create_topics) {
    co_return Topic{.error_code = KafkaError::unknown_topic_or_partition, .name = std::move(name)};
  }
  const auto created = co_await create(scope, name);
  if (!created) {
    co_return Topic{.error_code = creation_error(created.error()), .name = std::move(name)};
  }
  co_return describe(**created, request);
}

Topic find_by_id(const Scope& scope, const Uuid& id, const MetadataRequest& request) {
  if (const auto topic = scope.engine.catalog().find(to_topic_id(id))) {
    return describe(*topic, request);
  }
  return {.error_code = KafkaError::unknown_topic_id, .name = std::nullopt, .topic_id = id};
}

bool asks_for_all(const MetadataRequest& request, Version version) {
  // Version 0 has no null array: an empty one asks for all. Later ones mean it: no topics.
  return !request.topics || (version == 0 && request.topics->empty());
}

// Versions 10 and 11 have the field but clients must not use it; a topic without a name can't be answered in them.
constexpr Version topic_ids_first = 12;

}  // namespace

Task<MetadataResponse> handle(Scope& scope, MetadataRequest request, Version version) {
  MetadataResponse response{
      .brokers = {{.node_id = broker_id,
                   .host = scope.connection.advertised.host,
                   .port = scope.connection.advertised.port}},
      .cluster_id = scope.engine.cluster_id(),
      .controller_id = broker_id,
  };
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations = cluster_operations;
  }
  if (asks_for_all(request, version)) {
    for (const auto& [name, topic] : scope.engine.catalog().topics()) {
      response.topics.push_back(describe(*topic, request));
    }
    co_return response;
  }
  response.topics.reserve(request.topics->size());
  for (auto& topic : *request.topics) {
    if (topic.name) {
      response.topics.push_back(co_await find_by_name(scope, std::move(*topic.name), request));
    } else if (version >= topic_ids_first) {
      response.topics.push_back(find_by_id(scope, topic.topic_id, request));
    } else {
      response.topics.push_back(
          {.error_code = KafkaError::invalid_request, .name = "", .topic_id = topic.topic_id});
    }
  }
  co_return response;
}

}  // namespace koine::kafka
