// Edges in no particular order, of which any can be taken out in constant time: an edge knows its position.
#pragma once

#include <cstdint>
#include <vector>

#include "core/routing/routing_node.h"

namespace koine::core {

inline void add_edge(std::vector<RoutingEdge*>& edges, RoutingEdge& edge,
                     std::uint32_t RoutingEdge::* position) {
  edge.*position = static_cast<std::uint32_t>(edges.size());
  edges.push_back(&edge);
}

inline void remove_edge(std::vector<RoutingEdge*>& edges, const RoutingEdge& edge,
                        std::uint32_t RoutingEdge::* position) {
  RoutingEdge* last = edges.back();
  last->*position = edge.*position;
  edges[edge.*position] = last;
  edges.pop_back();
}

}  // namespace koine::core
