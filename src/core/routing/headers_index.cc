#include "core/routing/headers_index.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "core/routing/routing_node.h"

namespace koine::core {

void HeadersIndex::add(RoutingEdge& edge) {
  auto pattern = HeadersPattern::parse(edge.arguments);
  CHECK(pattern.has_value());
  edge.position_in_index = static_cast<std::uint32_t>(asked_.size());
  asked_.push_back({.pattern = std::move(*pattern), .edge = &edge});
}

void HeadersIndex::remove(RoutingEdge& edge) {
  const std::uint32_t position = edge.position_in_index;
  if (position + 1 != asked_.size()) {
    asked_[position] = std::move(asked_.back());
    asked_[position].edge->position_in_index = position;
  }
  asked_.pop_back();
}

void HeadersIndex::match(RoutedMessage& message, std::vector<const RoutingEdge*>& matches) const {
  if (asked_.empty()) return;
  const SortedFields& headers = message.headers();
  for (const Asked& asked : asked_)
    if (asked.pattern.matches(headers)) matches.push_back(asked.edge);
}

std::string HeadersIndex::reason(const RoutingEdge& edge) const {
  const FieldValue* match = find_field(edge.arguments, "x-match");
  return fmt::format("the headers match the binding's arguments (x-match {})",
                     match != nullptr ? *match->as_text() : "all");
}

}  // namespace koine::core
