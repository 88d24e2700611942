#include "core/routing/topic_index.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "core/routing/edge_list.h"

namespace koine::core {
namespace {

constexpr std::string_view one_word = "*";
constexpr std::string_view any_words = "#";

void for_each_word(std::string_view key, const auto& visit) {
  if (key.empty()) return;
  while (true) {
    const std::size_t end = key.find('.');
    visit(key.substr(0, end));
    if (end == std::string_view::npos) return;
    key.remove_prefix(end + 1);
  }
}

}  // namespace

TopicIndex::Node& TopicIndex::child_for(Node& node, std::string_view word) {
  if (Node* known = find_child(node, word)) return *known;
  auto child = std::make_unique<Node>();
  child->is_any_words = word == any_words;
  Node& made = *child;
  if (word == one_word) {
    node.one_word = std::move(child);
  } else if (word == any_words) {
    node.any_words = std::move(child);
  } else {
    node.words.emplace(word, std::move(child));
  }
  return made;
}

TopicIndex::Node* TopicIndex::find_child(Node& node, std::string_view word) {
  if (word == one_word) return node.one_word.get();
  if (word == any_words) return node.any_words.get();
  const auto found = node.words.find(word);
  return found != node.words.end() ? found->second.get() : nullptr;
}

void TopicIndex::drop_child(Node& node, std::string_view word) {
  if (word == one_word) {
    node.one_word.reset();
  } else if (word == any_words) {
    node.any_words.reset();
  } else {
    node.words.erase(node.words.find(word));
  }
}

void TopicIndex::add(RoutingEdge& edge) {
  Node* node = &root_;
  for_each_word(edge.routing_key, [&](std::string_view word) { node = &child_for(*node, word); });
  add_edge(node->edges, edge, &RoutingEdge::position_in_index);
}

void TopicIndex::remove(RoutingEdge& edge) {
  std::vector<std::pair<Node*, std::string_view>> path;
  Node* node = &root_;
  for_each_word(edge.routing_key, [&](std::string_view word) {
    path.emplace_back(node, word);
    node = find_child(*node, word);
    CHECK(node != nullptr);
  });
  remove_edge(node->edges, edge, &RoutingEdge::position_in_index);
  for (; !path.empty(); path.pop_back()) {
    const auto& [parent, word] = path.back();
    if (!find_child(*parent, word)->is_unused()) return;
    drop_child(*parent, word);
  }
}

// A "#" may stand for no words: who is reached reaches it, too.
void TopicIndex::reach(const Node& node, std::vector<const Node*>& reached) const {
  for (const Node* at = &node; at != nullptr; at = at->any_words.get()) {
    if (at->reached_in == step_) return;
    at->reached_in = step_;
    reached.push_back(at);
  }
}

void TopicIndex::step(std::string_view word) const {
  std::swap(reached_, reached_before_);
  reached_.clear();
  ++step_;
  for (const Node* node : reached_before_) {
    if (node->is_any_words) reach(*node, reached_);
    if (node->one_word != nullptr) reach(*node->one_word, reached_);
    if (node->words.empty()) continue;
    const auto found = node->words.find(word);
    if (found != node->words.end()) reach(*found->second, reached_);
  }
}

void TopicIndex::match(RoutedMessage& message, std::vector<const RoutingEdge*>& matches) const {
  reached_.clear();
  ++step_;
  reach(root_, reached_);
  for_each_word(message.routing_key(), [this](std::string_view word) { step(word); });
  for (const Node* node : reached_)
    matches.insert(matches.end(), node->edges.begin(), node->edges.end());
}

std::string TopicIndex::reason(const RoutingEdge& edge) const {
  return fmt::format("binding '{}' matches", edge.routing_key);
}

}  // namespace koine::core
