#include "core/routing/router.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/catalog.h"
#include "core/routing/route_walk.h"

namespace koine::core {
namespace {

struct Collector {
  Route& route;

  void on_queue(const QueuePtr& queue) const { route.queues.push_back(queue); }
  void on_topic(const TopicPtr& topic) const { route.topics.push_back(topic); }
  void on_delayed(const RoutingNode& from, std::int64_t delay_ms) const {
    route.delaying.push_back(std::get<ExchangePtr>(from.what));
    route.delay_ms = delay_ms;
  }
  void on_binding(const RoutingNode&, const RoutingEdge&) const {}
  void on_alternate(const RoutingNode&, NameView, bool) const {}
  void on_dead_end(const RoutingNode&) const {}
  void on_default(std::string_view, const QueueInfo*, const Topic*) const {}
};

void drop_repeated(auto& targets, auto key_of) {
  std::ranges::sort(targets, {}, key_of);
  const auto repeated = std::ranges::unique(targets);
  targets.erase(repeated.begin(), repeated.end());
}

}  // namespace

Result<> find_route(const Catalog& catalog, const RoutingQuestion& question, Route& route) {
  const bool was_empty = route.empty();
  const NameView name(question.vhost, question.exchange);
  if (const RoutingNode* source = catalog.routing().find_source(name)) {
    RoutedMessage message(question.routing_key, question.headers, question.properties);
    Collector collector{route};
    RouteWalk(catalog, message, collector).run(*source);
    TRY(message.outcome());
  } else if (TopicPtr topic = catalog.find_topic(name)) {
    route.topics.push_back(std::move(topic));
  } else {
    return fail(ErrorCode::not_found,
                fmt::format("no exchange '{}' in vhost '{}'", question.exchange, question.vhost));
  }
  // Two topics without bindings may be one and the same alternate exchange.
  if (!was_empty) {
    drop_repeated(route.queues, [](const QueuePtr& queue) { return queue->id(); });
  }
  if (route.delaying.size() > 1) {
    drop_repeated(route.delaying,
                  [](const ExchangePtr& exchange) -> const auto& { return exchange->name; });
  }
  if (route.topics.size() > 1) {
    drop_repeated(route.topics, [](const TopicPtr& topic) -> const auto& { return topic->name; });
  }
  return {};
}

}  // namespace koine::core
