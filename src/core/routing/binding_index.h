// BindingIndex: the bindings of one exchange, arranged so that those which match a message are found quickly. One class for
// each type of exchange. Does not own the edges. One shard: matching uses memory of the index.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/routing/exchange.h"
#include "core/routing/routed_message.h"

namespace koine::core {

struct RoutingEdge;

class BindingIndex {
 public:
  BindingIndex() = default;
  BindingIndex(const BindingIndex&) = delete;
  BindingIndex& operator=(const BindingIndex&) = delete;
  virtual ~BindingIndex() = default;

  // Its binding was checked (exchange_check.h), and is not there yet; it stays as it is until remove().
  virtual void add(RoutingEdge& edge) = 0;
  virtual void remove(RoutingEdge& edge) = 0;
  // Adds the edges that match, each once.
  virtual void match(RoutedMessage& message, std::vector<const RoutingEdge*>& matches) const = 0;
  // Why one of them matches, for people.
  virtual std::string reason(const RoutingEdge& edge) const = 0;
};

// For an exchange; for a topic ask with type ExchangeType::topic.
std::unique_ptr<BindingIndex> make_binding_index(const ExchangeSpec& exchange);

}  // namespace koine::core
