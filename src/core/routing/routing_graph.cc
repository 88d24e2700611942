#include "core/routing/routing_graph.h"

#include <algorithm>
#include <utility>

#include "core/routing/edge_list.h"

namespace koine::core {
namespace {

FieldTable sorted(const FieldTable& arguments) {
  FieldTable by_name;
  by_name.reserve(arguments.size());
  for (const Field* field : sorted_fields(arguments)) by_name.push_back(*field);
  return by_name;
}

RoutingEdge edge_of(RoutingNode& source, RoutingNode& target, const Binding& binding) {
  RoutingEdge edge;
  edge.source = &source;
  edge.target = &target;
  edge.routing_key = binding.routing_key;
  edge.arguments = sorted(binding.arguments);
  edge.hash = combined_hash(hash_of(target.name()), TextHash{}(edge.routing_key));
  if (edge.arguments.empty()) return edge;
  std::vector<std::byte> encoded;
  encode_field_table(edge.arguments, encoded);
  edge.hash = combined_hash(edge.hash, TextHash{}(as_text(encoded)));
  return edge;
}

}  // namespace

RoutingNode* RoutingGraph::node_of(const End& end) const {
  if (const auto* queue = std::get_if<QueuePtr>(&end)) {
    const auto found = queues_.find((*queue)->id());
    return found != queues_.end() ? found->second.get() : nullptr;
  }
  const auto* exchange = std::get_if<ExchangePtr>(&end);
  const auto found = sources_.find(
      exchange != nullptr ? NameView((*exchange)->name)
                          : NameView(topics_virtual_host, std::get<TopicPtr>(end)->name));
  return found != sources_.end() ? found->get() : nullptr;
}

RoutingNode& RoutingGraph::node_for(const End& end) {
  if (RoutingNode* known = node_of(end)) return *known;
  auto node = std::make_unique<RoutingNode>();
  node->what = end;
  RoutingNode& made = *node;
  if (const auto* queue = std::get_if<QueuePtr>(&end)) {
    queues_.emplace((*queue)->id(), std::move(node));
    return made;
  }
  const auto* exchange = std::get_if<ExchangePtr>(&end);
  ExchangeSpec topic;
  topic.type = ExchangeType::topic;
  node->index = make_binding_index(exchange != nullptr ? **exchange : topic);
  sorted_sources_.insert(&made);
  sources_.insert(std::move(node));
  return made;
}

void RoutingGraph::add_virtual_host(std::string_view vhost) {
  if (vhosts_.contains(vhost)) return;
  vhosts_.emplace(vhost);
  for (const PredeclaredExchange& predeclared : predeclared_exchanges()) {
    auto exchange = std::make_shared<ExchangeSpec>();
    exchange->name = NameView(vhost, predeclared.name).copy();
    exchange->type = predeclared.type;
    node_for(ExchangePtr(std::move(exchange)));
  }
}

void RoutingGraph::add_exchange(const ExchangePtr& exchange) {
  node_for(exchange);
  ++exchange_count_;
}

void RoutingGraph::remove_exchange(NameView name) {
  const auto found = sources_.find(name);
  if (found == sources_.end() || (*found)->exchange() == nullptr) return;
  remove_node(**found);
}

void RoutingGraph::replace_topic(const TopicPtr& topic) {
  if (RoutingNode* node = node_of(topic)) node->what = topic;
}

void RoutingGraph::remove_topic(std::string_view name) {
  const auto found = sources_.find(NameView(topics_virtual_host, name));
  if (found == sources_.end() || (*found)->kind() != TargetKind::topic) return;
  remove_node(**found);
}

void RoutingGraph::remove_queue(const QueueInfo& queue) {
  const auto found = queues_.find(queue.id());
  if (found != queues_.end()) remove_node(*found->second);
}

void RoutingGraph::bind(const End& source, const End& target, const Binding& binding) {
  RoutingNode& from = node_for(source);
  RoutingNode& to = node_for(target);
  auto edge = std::make_unique<RoutingEdge>(edge_of(from, to, binding));
  const auto [made, is_new] = from.outgoing.insert(std::move(edge));
  if (!is_new) return;
  from.index->add(**made);
  add_edge(to.incoming, **made, &RoutingEdge::position_in_target);
  ++binding_count_;
}

void RoutingGraph::unbind(const End& source, const End& target, const Binding& binding) {
  RoutingNode* from = node_of(source);
  RoutingNode* to = node_of(target);
  if (from == nullptr || to == nullptr) return;
  const auto found = from->outgoing.find(edge_of(*from, *to, binding));
  if (found == from->outgoing.end()) return;
  drop_edge(**found);
  settle();
}

void RoutingGraph::drop_edge(RoutingEdge& edge) {
  RoutingNode& source = *edge.source;
  source.index->remove(edge);
  remove_edge(edge.target->incoming, edge, &RoutingEdge::position_in_target);
  source.lost_outgoing = true;
  touch(source);
  touch(*edge.target);
  --binding_count_;
  source.outgoing.erase(source.outgoing.find(edge));
}

void RoutingGraph::touch(RoutingNode& node) {
  if (node.is_touched) return;
  node.is_touched = true;
  touched_.push_back(&node);
}

void RoutingGraph::remove_edges(RoutingNode& node) {
  while (!node.outgoing.empty()) drop_edge(**node.outgoing.begin());
  while (!node.incoming.empty()) drop_edge(*node.incoming.back());
}

void RoutingGraph::remove_node(RoutingNode& node) {
  node.is_doomed = true;
  touch(node);
  settle();
}

// Erases what nothing holds any more among the nodes that lost an edge. A node stays marked as touched until it is done, so
// that it is in the list only once.
void RoutingGraph::settle() {
  while (!touched_.empty()) {
    RoutingNode& node = *touched_.back();
    touched_.pop_back();
    const ExchangeSpec* exchange = node.exchange();
    const bool is_abandoned = exchange != nullptr && exchange->is_auto_delete &&
                              node.lost_outgoing && node.outgoing.empty();
    const bool is_unbound = exchange == nullptr && node.outgoing.empty() && node.incoming.empty();
    if (node.is_doomed || is_abandoned || is_unbound) {
      remove_edges(node);
      erase_node(node);
    } else {
      node.is_touched = false;
      node.lost_outgoing = false;
    }
  }
}

void RoutingGraph::erase_node(const RoutingNode& node) {
  if (const QueueInfo* queue = node.queue()) {
    queues_.erase(queue->id());
    return;
  }
  if (node.exchange() != nullptr) --exchange_count_;
  sorted_sources_.erase(&node);
  sources_.erase(sources_.find(node.name()));
}

ExchangePtr RoutingGraph::find_exchange(NameView name) const {
  const RoutingNode* node = find_source(name);
  if (node == nullptr || node->exchange() == nullptr) return nullptr;
  return std::get<ExchangePtr>(node->what);
}

const RoutingNode* RoutingGraph::find_source(NameView name) const {
  const auto found = sources_.find(name);
  return found != sources_.end() ? found->get() : nullptr;
}

const RoutingNode* RoutingGraph::find_queue(LogId id) const {
  const auto found = queues_.find(id);
  return found != queues_.end() ? found->second.get() : nullptr;
}

}  // namespace koine::core
