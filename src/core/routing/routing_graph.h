// RoutingGraph: exchanges and bindings, by source and by target. Part of the Catalog, one copy on each shard.
//
//   nodes: every exchange; topics and queues that have bindings      edges: bindings
//
// Names were checked before: what a binding joins is there. When something is removed, its bindings go with it, and an
// auto-delete exchange goes with its last outgoing binding, on and on.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "core/queues/name_view.h"
#include "core/routing/exchange.h"
#include "core/routing/routing_node.h"

namespace koine::core {

Binding binding_of(const RoutingEdge& edge);

class RoutingGraph {
 public:
  // What a binding leads from or to.
  using End = std::variant<QueuePtr, ExchangePtr, TopicPtr>;

  // Null if there is none.
  ExchangePtr find_exchange(NameView name) const;
  // An exchange, or a topic with bindings. Null: something else.
  const RoutingNode* find_source(NameView name) const;
  // Null: not bound.
  const RoutingNode* find_queue(LogId id) const;
  // Without the predeclared ones.
  std::size_t exchange_count() const { return exchange_count_; }
  std::size_t binding_count() const { return binding_count_; }

  // Without the predeclared ones, in no particular order.
  std::vector<ExchangePtr> declared_exchanges() const;
  // Exchanges, and topics with bindings. Upwards: those of the virtual host whose names come after this one (empty: all), until
  // `visit(node)` is false.
  template <typename Visit>
  void visit_sources_after(NameView name, Visit visit) const {
    auto at =
        name.name.empty() ? sorted_sources_.lower_bound(name) : sorted_sources_.upper_bound(name);
    for (; at != sorted_sources_.end(); ++at) {
      if ((*at)->name().vhost != name.vhost || !visit(**at)) return;
    }
  }
  // Downwards: those whose names come before it (empty: all).
  template <typename Visit>
  void visit_sources_before(NameView name, Visit visit) const {
    auto at = name.name.empty() ? sorted_sources_.lower_bound(PastVhost{name.vhost})
                                : sorted_sources_.lower_bound(name);
    while (at != sorted_sources_.begin()) {
      --at;
      if ((*at)->name().vhost != name.vhost || !visit(**at)) return;
    }
  }
  // In no particular order; those of the default exchange are not stored anywhere.
  void for_each_binding(auto visit) const {
    for (const auto& node : sources_)
      for (const auto& edge : node->outgoing) visit(binding_of(*edge));
  }
  std::vector<Binding> bindings_from(NameView source) const;
  std::vector<Binding> bindings_to_queue(const QueueInfo& queue) const;
  std::vector<Binding> bindings_to(NameView exchange_or_topic) const;

  // Makes the predeclared exchanges, unless the virtual host is known.
  void add_virtual_host(std::string_view vhost);
  void add_exchange(const ExchangePtr& exchange);
  void remove_exchange(NameView name);
  // Its settings changed; the bindings stay.
  void replace_topic(const TopicPtr& topic);
  void remove_topic(std::string_view name);
  void remove_queue(const QueueInfo& queue);
  // Nothing happens if an equal binding is there, or to remove isn't. `source` is no queue.
  void bind(const End& source, const End& target, const Binding& binding);
  void unbind(const End& source, const End& target, const Binding& binding);

  // For walks: marks nodes that were visited (RoutingNode::visited_in).
  std::uint64_t new_walk() const { return ++walk_; }
  std::vector<const RoutingEdge*>& matches() const { return matches_; }

 private:
  struct NodeHash {
    using is_transparent = void;
    std::size_t operator()(NameView name) const { return hash_of(name); }
    std::size_t operator()(const std::unique_ptr<RoutingNode>& node) const {
      return hash_of(node->name());
    }
  };
  struct SameName {
    using is_transparent = void;
    static NameView name_of(NameView name) { return name; }
    static NameView name_of(const std::unique_ptr<RoutingNode>& node) { return node->name(); }
    bool operator()(const auto& one, const auto& other) const {
      return name_of(one) == name_of(other);
    }
  };

  RoutingNode* node_of(const End& end) const;
  RoutingNode& node_for(const End& end);
  void remove_node(RoutingNode& node);
  void remove_edges(RoutingNode& node);
  void drop_edge(RoutingEdge& edge);
  void touch(RoutingNode& node);
  void settle();
  void erase_node(const RoutingNode& node);

  struct PastVhost {
    std::string_view vhost;
  };
  struct ByName {
    using is_transparent = void;
    static NameView name_of(NameView name) { return name; }
    static NameView name_of(const RoutingNode* node) { return node->name(); }
    bool operator()(const auto& one, const auto& other) const {
      const NameView a = name_of(one);
      const NameView b = name_of(other);
      return std::pair(a.vhost, a.name) < std::pair(b.vhost, b.name);
    }
    bool operator()(const RoutingNode* one, PastVhost other) const {
      return one->name().vhost <= other.vhost;
    }
  };

  std::unordered_set<std::unique_ptr<RoutingNode>, NodeHash, SameName> sources_;
  std::set<const RoutingNode*, ByName> sorted_sources_;
  std::unordered_map<LogId, std::unique_ptr<RoutingNode>> queues_;
  std::unordered_set<std::string, TextHash, std::equal_to<>> vhosts_;
  std::size_t exchange_count_ = 0;
  std::size_t binding_count_ = 0;
  std::vector<RoutingNode*> touched_;  // empty between calls
  mutable std::uint64_t walk_ = 0;
  mutable std::vector<const RoutingEdge*> matches_;
};

// "queue", "exchange", "topic".
std::string_view name_of(TargetKind kind);

}  // namespace koine::core
