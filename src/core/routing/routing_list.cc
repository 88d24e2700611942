// What a RoutingGraph holds, listed for people and checkpoints.

#include "core/routing/routing_graph.h"

namespace koine::core {
Binding binding_of(const RoutingEdge& edge) {
  return {.source = edge.source->name().copy(),
          .target_kind = edge.target->kind(),
          .target = std::string(edge.target->name().name),
          .routing_key = edge.routing_key,
          .arguments = edge.arguments};
}

namespace {

std::vector<Binding> bindings_into(const RoutingNode* target) {
  std::vector<Binding> bindings;
  if (target == nullptr) return bindings;
  for (const RoutingEdge* edge : target->incoming) bindings.push_back(binding_of(*edge));
  return bindings;
}

}  // namespace

std::vector<ExchangePtr> RoutingGraph::declared_exchanges() const {
  std::vector<ExchangePtr> exchanges;
  for (const auto& node : sources_) {
    const ExchangeSpec* exchange = node->exchange();
    if (exchange != nullptr && !is_predeclared_exchange(exchange->name.name))
      exchanges.push_back(std::get<ExchangePtr>(node->what));
  }
  return exchanges;
}

std::vector<Binding> RoutingGraph::bindings_from(NameView source) const {
  std::vector<Binding> bindings;
  const RoutingNode* node = find_source(source);
  if (node == nullptr) return bindings;
  for (const auto& edge : node->outgoing) bindings.push_back(binding_of(*edge));
  return bindings;
}

std::vector<Binding> RoutingGraph::bindings_to_queue(const QueueInfo& queue) const {
  return bindings_into(find_queue(queue.id()));
}

std::vector<Binding> RoutingGraph::bindings_to(NameView exchange_or_topic) const {
  return bindings_into(find_source(exchange_or_topic));
}

std::string_view name_of(TargetKind kind) {
  switch (kind) {
    case TargetKind::queue: return "queue";
    case TargetKind::exchange: return "exchange";
    case TargetKind::topic: return "topic";
  }
  return "unknown";
}

}  // namespace koine::core
