// RoutingNode and RoutingEdge: what a RoutingGraph consists of. A node is an exchange, or a topic or a queue that has
// bindings; an edge is a binding.
//
//   RoutingNode "amq.topic" --- outgoing, index ---> RoutingEdge "order.*" --- incoming of ---> RoutingNode "email"
//
// A source owns its outgoing edges; its index finds those that match. The marks belong to the walk that is under way: one
// shard, one walk at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "core/queues/name_view.h"
#include "core/queues/queue_spec.h"
#include "core/routing/binding_index.h"
#include "core/routing/exchange.h"
#include "core/topic.h"

namespace koine::core {

struct RoutingNode;

struct RoutingEdge {
  RoutingNode* source = nullptr;
  RoutingNode* target = nullptr;
  std::string routing_key;
  FieldTable arguments;  // sorted by name
  std::size_t hash = 0;
  std::uint32_t position_in_index = 0;   // the index's own
  std::uint32_t position_in_target = 0;  // in target->incoming
};

// Equal bindings of one source.
struct EdgeHash {
  using is_transparent = void;
  std::size_t operator()(const RoutingEdge& edge) const { return edge.hash; }
  std::size_t operator()(const std::unique_ptr<RoutingEdge>& edge) const { return edge->hash; }
};
struct SameEdge {
  using is_transparent = void;
  static const RoutingEdge& edge_of(const RoutingEdge& edge) { return edge; }
  static const RoutingEdge& edge_of(const std::unique_ptr<RoutingEdge>& edge) { return *edge; }
  bool operator()(const auto& one, const auto& other) const {
    const RoutingEdge& a = edge_of(one);
    const RoutingEdge& b = edge_of(other);
    return a.target == b.target && a.routing_key == b.routing_key && a.arguments == b.arguments;
  }
};

struct RoutingNode {
  // Which one is the node's TargetKind, too.
  std::variant<QueuePtr, ExchangePtr, TopicPtr> what;
  std::unordered_set<std::unique_ptr<RoutingEdge>, EdgeHash, SameEdge> outgoing;
  std::unique_ptr<BindingIndex> index;  // null: a queue
  std::vector<RoutingEdge*> incoming;

  // While the graph is changed: see RoutingGraph::settle.
  bool is_touched = false;
  bool is_doomed = false;
  bool lost_outgoing = false;

  mutable std::uint64_t visited_in = 0;  // the walk that was here last
  mutable const RoutingNode* next_to_visit = nullptr;

  TargetKind kind() const;
  const QueueInfo* queue() const;        // null: something else
  const ExchangeSpec* exchange() const;  // null: something else
  NameView name() const;
};

}  // namespace koine::core
