#include "core/routing/routing_node.h"

namespace koine::core {

TargetKind RoutingNode::kind() const {
  constexpr auto kinds =
      std::to_array<TargetKind>({TargetKind::queue, TargetKind::exchange, TargetKind::topic});
  return kinds[what.index()];
}

const QueueInfo* RoutingNode::queue() const {
  const auto* queue = std::get_if<QueuePtr>(&what);
  return queue != nullptr ? queue->get() : nullptr;
}

const ExchangeSpec* RoutingNode::exchange() const {
  const auto* exchange = std::get_if<ExchangePtr>(&what);
  return exchange != nullptr ? exchange->get() : nullptr;
}

NameView RoutingNode::name() const {
  if (const QueueInfo* of = queue()) return of->spec.name;
  if (const ExchangeSpec* of = exchange()) return of->name;
  return {topics_virtual_host, std::get<TopicPtr>(what)->name};
}

}  // namespace koine::core
