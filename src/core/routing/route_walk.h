// The walk from an exchange, or a topic, to everything that a message reaches, each once. The visitor is told:
//
//   on_queue(queue), on_topic(topic)        a target
//   on_binding(from node, edge)             a binding that matched, also when its target was reached before
//   on_alternate(from node, name, found)    nothing matched there: its alternate exchange, if it is there
//   on_dead_end(from node)                  nothing matched there, and there is no alternate exchange
//   on_delayed(from node, milliseconds)     an exchange that holds the message, and routes it when the delay is over
//   on_default(key, queue, topic)           the default exchange: what is named like the key; null: not that
#pragma once

#include <string_view>

#include "core/catalog.h"
#include "core/routing/routed_message.h"
#include "core/routing/routing_graph.h"

namespace koine::core {

template <typename Visitor>
class RouteWalk {
 public:
  // All outlive the walk; nothing changes the catalog meanwhile.
  RouteWalk(const Catalog& catalog, RoutedMessage& message, Visitor& visitor)
      : catalog_(catalog),
        graph_(catalog.routing()),
        message_(message),
        visitor_(visitor),
        walk_(graph_.new_walk()) {}

  void run(const RoutingNode& start) {
    reach(start);
    for (const RoutingNode* node = first_; node != nullptr; node = node->next_to_visit)
      visit(*node);
  }

 private:
  void reach(const RoutingNode& node) {
    if (node.visited_in == walk_) return;
    node.visited_in = walk_;
    if (const auto* queue = std::get_if<QueuePtr>(&node.what)) {
      visitor_.on_queue(*queue);
      return;
    }
    if (const auto* topic = std::get_if<TopicPtr>(&node.what)) visitor_.on_topic(*topic);
    node.next_to_visit = nullptr;
    (first_ == nullptr ? first_ : last_->next_to_visit) = &node;
    last_ = &node;
  }

  void visit(const RoutingNode& node) {
    const ExchangeSpec* exchange = node.exchange();
    if (exchange != nullptr && exchange->name.name.empty()) {
      visit_default(exchange->name.vhost);
      return;
    }
    if (exchange != nullptr && exchange->type == ExchangeType::delayed_message) {
      if (const std::int64_t delay_ms = message_.delay_ms(); delay_ms > 0) {
        visitor_.on_delayed(node, delay_ms);
        return;
      }
    }
    auto& matches = graph_.matches();
    matches.clear();
    node.index->match(message_, matches);
    for (const RoutingEdge* edge : matches) {
      visitor_.on_binding(node, *edge);
      reach(*edge->target);
    }
    if (!matches.empty() || exchange == nullptr) return;
    if (exchange->alternate_exchange) {
      visit_alternate(node, {exchange->name.vhost, *exchange->alternate_exchange});
    } else {
      visitor_.on_dead_end(node);
    }
  }

  // The queue of the key's name; if there is none, the topic.
  void visit_default(std::string_view vhost) {
    const NameView name(vhost, message_.routing_key());
    const QueuePtr queue = catalog_.queues().find(name);
    const TopicPtr topic = queue == nullptr ? catalog_.find_topic(name) : nullptr;
    visitor_.on_default(message_.routing_key(), queue.get(), topic.get());
    if (topic != nullptr) reach_topic(topic);
    if (queue == nullptr) return;
    if (const RoutingNode* bound = graph_.find_queue(queue->id())) {
      reach(*bound);
    } else {
      visitor_.on_queue(queue);
    }
  }

  void reach_topic(const TopicPtr& topic) {
    if (const RoutingNode* bound = graph_.find_source({topics_virtual_host, topic->name})) {
      reach(*bound);
    } else {
      visitor_.on_topic(topic);
    }
  }

  void visit_alternate(const RoutingNode& from, NameView name) {
    const RoutingNode* alternate = graph_.find_source(name);
    const TopicPtr topic = alternate == nullptr ? catalog_.find_topic(name) : nullptr;
    visitor_.on_alternate(from, name, alternate != nullptr || topic != nullptr);
    if (alternate != nullptr) reach(*alternate);
    if (topic != nullptr) visitor_.on_topic(topic);
  }

  const Catalog& catalog_;
  const RoutingGraph& graph_;
  RoutedMessage& message_;
  Visitor& visitor_;
  std::uint64_t walk_;
  const RoutingNode* first_ = nullptr;
  const RoutingNode* last_ = nullptr;
};

}  // namespace koine::core
