#include "protocols/kafka/handlers/list_groups.h"

#include <utility>

#include "protocols/kafka/handlers/coordinator_call.h"
#include "protocols/kafka/handlers/group_states.h"

namespace koine::kafka {

namespace {

std::vector<core::GroupState> states_of(const std::vector<std::string>& names) {
  std::vector<core::GroupState> states;
  for (const std::string& name : names) {
    if (const auto state = group_state_of(name)) states.push_back(*state);
  }
  return states;
}

}  // namespace

Task<ListGroupsResponse> handle(Scope& scope, ListGroupsRequest request, Version /*version*/) {
  ListGroupsResponse response;
  const auto states = states_of(request.states_filter);
  if (states.empty() && !request.states_filter.empty()) co_return response;
  for (core::Engine* const engine : scope.engine.all()) {
    const auto call = call_coordinator<std::vector<core::GroupSummary>>(
        scope, *engine, [states](core::GroupCoordinator& groups) { return groups.list(states); });
    for (core::GroupSummary& summary : co_await call) {
      response.groups.push_back({.group_id = std::move(summary.group),
                                 .protocol_type = std::move(summary.protocol_type),
                                 .group_state = std::string(kafka_name_of(summary.state))});
    }
  }
  co_return response;
}

}  // namespace koine::kafka
