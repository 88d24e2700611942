#include "protocols/kafka/handlers/delete_topics.h"

#include <fmt/format.h>

#include <utility>

#include "protocols/kafka/handlers/given_twice.h"
#include "protocols/kafka/handlers/topic_errors.h"
#include "protocols/kafka/ids.h"

namespace koine::kafka {

namespace {

using Asked = DeleteTopicsRequest::Topic;
using Answered = DeleteTopicsResponse::TopicResponse;

constexpr Version named_by_id_first = 6;

bool has_id(const Asked& topic) { return topic.topic_id != Uuid(); }

TopicError resolve(const Scope& scope, const Asked& asked, core::TopicPtr& topic) {
  if (asked.name.has_value() == has_id(asked)) {
    return {KafkaError::invalid_request, "a topic is given by its name or by its id"};
  }
  if (asked.name) {
    topic = scope.engine.catalog().find(*asked.name);
    if (topic != nullptr) return {};
    return {KafkaError::unknown_topic_or_partition,
            fmt::format("topic {} does not exist", *asked.name)};
  }
  topic = scope.engine.catalog().find(to_topic_id(asked.topic_id));
  if (topic != nullptr) return {};
  return {KafkaError::unknown_topic_id, "there is no topic with this id"};
}

Task<Answered> remove(Scope& scope, Asked asked) {
  Answered answered{.name = asked.name, .topic_id = asked.topic_id};
  core::TopicPtr topic;
  TopicError error = resolve(scope, asked, topic);
  if (!error.is_set()) {
    answered.name = topic->name;
    answered.topic_id = to_uuid(topic->id);
    const auto deleted = co_await scope.engine.delete_topic(topic->name);
    if (!deleted) error = TopicError(deleted.error());
  }
  answered.error_code = error.code;
  answered.error_message = std::move(error.message);
  co_return answered;
}

}  // namespace

Task<DeleteTopicsResponse> handle(Scope& scope, DeleteTopicsRequest request, Version version) {
  if (version < named_by_id_first) {
    for (std::string& name : request.topic_names) {
      request.topics.push_back({.name = std::move(name)});
    }
  }
  const auto twice = given_twice(request.topics, [](const Asked& topic) {
    return std::pair(topic.name, topic.topic_id.bytes);
  });
  DeleteTopicsResponse response;
  response.responses.reserve(request.topics.size());
  for (Asked& topic : request.topics) {
    if (twice.contains({topic.name, topic.topic_id.bytes})) {
      response.responses.push_back({.name = std::move(topic.name),
                                    .topic_id = topic.topic_id,
                                    .error_code = KafkaError::invalid_request,
                                    .error_message = "the topic is in the request twice"});
      continue;
    }
    const auto removing = remove(scope, std::move(topic));
    response.responses.push_back(co_await removing);
  }
  co_return response;
}

}  // namespace koine::kafka
