// HeadersIndex: the bindings of a headers exchange. Each is compared with each message.
#pragma once

#include <string>
#include <vector>

#include "core/routing/binding_index.h"
#include "core/routing/headers_pattern.h"

namespace koine::core {

class HeadersIndex final : public BindingIndex {
 public:
  void add(RoutingEdge& edge) override;
  void remove(RoutingEdge& edge) override;
  void match(RoutedMessage& message, std::vector<const RoutingEdge*>& matches) const override;
  std::string reason(const RoutingEdge& edge) const override;

 private:
  struct Asked {
    HeadersPattern pattern;
    RoutingEdge* edge = nullptr;
  };
  std::vector<Asked> asked_;  // by RoutingEdge::position_in_index
};

}  // namespace koine::core
