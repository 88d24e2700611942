#include <fmt/format.h>

#include "core/catalog.h"
#include "core/routing/route_walk.h"
#include "core/routing/router.h"

namespace koine::core {
namespace {

constexpr std::string_view nowhere = "nowhere";

std::string label_of(const RoutingNode& node) {
  const NameView name = node.name();
  if (node.exchange() != nullptr && name.name.empty()) return "default exchange";
  return fmt::format("{} {}", name_of(node.kind()), name.name);
}

struct Explainer {
  std::vector<RouteStep>& steps;

  void add(std::string from, std::string rule, std::string to) const {
    steps.push_back({.from = std::move(from), .rule = std::move(rule), .to = std::move(to)});
  }

  void on_queue(const QueuePtr& /*queue*/) const {}
  void on_topic(const TopicPtr& topic) const {
    add(fmt::format("topic {}", topic->name), "a topic keeps what reaches it",
        fmt::format("topic {}", topic->name));
  }
  void on_delayed(const RoutingNode& from, std::int64_t delay_ms) const {
    add(label_of(from), fmt::format("it holds the message for {} ms", delay_ms), label_of(from));
  }
  void on_binding(const RoutingNode& from, const RoutingEdge& edge) const {
    add(label_of(from), from.index->reason(edge), label_of(*edge.target));
  }
  void on_alternate(const RoutingNode& from, NameView name, bool found) const {
    const std::string to = found ? fmt::format("exchange {}", name.name) : std::string(nowhere);
    add(label_of(from),
        fmt::format("no binding matches; alternate exchange '{}'{}", name.name,
                    found ? "" : ", which does not exist"),
        to);
  }
  void on_dead_end(const RoutingNode& from) const {
    add(label_of(from), fmt::format("none of {} bindings matches", from.outgoing.size()),
        std::string(nowhere));
  }
  void on_default(std::string_view key, const QueueInfo* queue, const Topic* topic) const {
    if (queue != nullptr) {
      add("default exchange", "the routing key is the queue's name", fmt::format("queue {}", key));
    } else if (topic != nullptr) {
      add("default exchange", "the routing key is the topic's name", fmt::format("topic {}", key));
    } else {
      add("default exchange", fmt::format("there is no queue '{}'", key), std::string(nowhere));
    }
  }
};

}  // namespace

Result<std::vector<RouteStep>> explain_route(const Catalog& catalog,
                                             const RoutingQuestion& question) {
  std::vector<RouteStep> steps;
  const Explainer explainer{steps};
  const NameView name(question.vhost, question.exchange);
  if (const RoutingNode* source = catalog.routing().find_source(name)) {
    RoutedMessage message(question.routing_key, question.headers, question.properties);
    RouteWalk(catalog, message, explainer).run(*source);
    TRY(message.outcome());
  } else if (const TopicPtr topic = catalog.find_topic(name)) {
    explainer.on_topic(topic);
  } else {
    return fail(ErrorCode::not_found,
                fmt::format("no exchange '{}' in vhost '{}'", question.exchange, question.vhost));
  }
  return steps;
}

}  // namespace koine::core
