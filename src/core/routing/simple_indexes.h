// The indexes of direct and fanout exchanges.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/queues/name_view.h"
#include "core/routing/binding_index.h"

namespace koine::core {

// Matches bindings whose key is the message's.
class DirectIndex final : public BindingIndex {
 public:
  void add(RoutingEdge& edge) override;
  void remove(RoutingEdge& edge) override;
  void match(RoutedMessage& message, std::vector<const RoutingEdge*>& matches) const override;
  std::string reason(const RoutingEdge& edge) const override;

 private:
  std::unordered_map<std::string, std::vector<RoutingEdge*>, TextHash, std::equal_to<>> by_key_;
};

// Matches all.
class FanoutIndex final : public BindingIndex {
 public:
  void add(RoutingEdge& edge) override;
  void remove(RoutingEdge& edge) override;
  void match(RoutedMessage& message, std::vector<const RoutingEdge*>& matches) const override;
  std::string reason(const RoutingEdge& edge) const override;

 private:
  std::vector<RoutingEdge*> edges_;
};

}  // namespace koine::core
