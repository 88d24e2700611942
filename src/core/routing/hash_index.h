// HashIndex: the bindings of a consistent hash exchange. Each message goes to one of them, always the same one for the same
// hashed value; how many values a binding gets is in proportion to its weight, its routing key in digits.
//
// Each binding draws a lot from the hash of its name and the value; the best one wins (rendezvous hashing, with
// -weight / log of the lot). When a binding comes or goes, only the values that it wins move; nothing depends on the order in
// which bindings were made, so that every shard, and every start, decides alike. Costs a multiplication and a logarithm a
// binding.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/routing/binding_index.h"

namespace koine::core {

class HashIndex final : public BindingIndex {
 public:
  explicit HashIndex(const ExchangeSpec& exchange);

  void add(RoutingEdge& edge) override;
  void remove(RoutingEdge& edge) override;
  void match(RoutedMessage& message, std::vector<const RoutingEdge*>& matches) const override;
  std::string reason(const RoutingEdge& edge) const override;

 private:
  struct Ticket {
    std::uint64_t seed = 0;
    double weight = 0;
    RoutingEdge* edge = nullptr;
  };

  std::uint64_t hash_of_value(RoutedMessage& message) const;

  std::string header_;           // empty: not a header
  std::string property_;         // empty: not a property
  std::vector<Ticket> tickets_;  // by RoutingEdge::position_in_index
};

}  // namespace koine::core
