// TopicIndex: bindings with patterns of words, as a trie.
//
//   order.*.paid     order --- * --- paid
//   order.#               \--- # (stays for any number of words)
//
// A pattern's words are split at '.'; "*" is exactly one word, "#" any number, none included. The empty key has no words; "a."
// has two, the second one empty. Matching goes through the key's words once and holds the set of nodes that are reached so
// far, each once: a key costs at most its words times the nodes, whatever the patterns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/queues/name_view.h"
#include "core/routing/binding_index.h"

namespace koine::core {

class TopicIndex final : public BindingIndex {
 public:
  void add(RoutingEdge& edge) override;
  void remove(RoutingEdge& edge) override;
  void match(RoutedMessage& message, std::vector<const RoutingEdge*>& matches) const override;
  std::string reason(const RoutingEdge& edge) const override;

 private:
  struct Node {
    std::unordered_map<std::string, std::unique_ptr<Node>, TextHash, std::equal_to<>> words;
    std::unique_ptr<Node> one_word;   // "*"
    std::unique_ptr<Node> any_words;  // "#"
    bool is_any_words = false;
    std::vector<RoutingEdge*> edges;
    mutable std::uint64_t reached_in = 0;

    bool is_unused() const {
      return words.empty() && one_word == nullptr && any_words == nullptr && edges.empty();
    }
  };

  Node& child_for(Node& node, std::string_view word);
  static Node* find_child(Node& node, std::string_view word);
  static void drop_child(Node& node, std::string_view word);
  void reach(const Node& node, std::vector<const Node*>& reached) const;
  void step(std::string_view word) const;

  Node root_;
  mutable std::uint64_t step_ = 0;
  mutable std::vector<const Node*> reached_;
  mutable std::vector<const Node*> reached_before_;
};

}  // namespace koine::core
