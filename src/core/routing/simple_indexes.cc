#include "core/routing/simple_indexes.h"

#include <fmt/format.h>

#include "core/routing/edge_list.h"

namespace koine::core {

void DirectIndex::add(RoutingEdge& edge) {
  add_edge(by_key_[edge.routing_key], edge, &RoutingEdge::position_in_index);
}

void DirectIndex::remove(RoutingEdge& edge) {
  const auto found = by_key_.find(edge.routing_key);
  remove_edge(found->second, edge, &RoutingEdge::position_in_index);
  if (found->second.empty()) by_key_.erase(found);
}

void DirectIndex::match(RoutedMessage& message, std::vector<const RoutingEdge*>& matches) const {
  const auto found = by_key_.find(message.routing_key());
  if (found == by_key_.end()) return;
  matches.insert(matches.end(), found->second.begin(), found->second.end());
}

std::string DirectIndex::reason(const RoutingEdge& edge) const {
  return fmt::format("binding '{}' is the routing key", edge.routing_key);
}

void FanoutIndex::add(RoutingEdge& edge) {
  add_edge(edges_, edge, &RoutingEdge::position_in_index);
}

void FanoutIndex::remove(RoutingEdge& edge) {
  remove_edge(edges_, edge, &RoutingEdge::position_in_index);
}

void FanoutIndex::match(RoutedMessage& /*message*/,
                        std::vector<const RoutingEdge*>& matches) const {
  matches.insert(matches.end(), edges_.begin(), edges_.end());
}

std::string FanoutIndex::reason(const RoutingEdge& /*edge*/) const {
  return "every binding of a fanout exchange matches";
}

}  // namespace koine::core
