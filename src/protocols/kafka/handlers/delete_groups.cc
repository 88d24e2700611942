#include "protocols/kafka/handlers/delete_groups.h"

#include <utility>

#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/coordinator_call.h"

namespace koine::kafka {

Task<DeleteGroupsResponse> handle(Scope& scope, DeleteGroupsRequest request, Version /*version*/) {
  DeleteGroupsResponse response;
  for (std::string& name : request.groups_names) {
    const auto call = call_coordinator_of<core::GroupError>(
        scope, name, [name](core::GroupCoordinator& groups) { return groups.delete_group(name); });
    const KafkaError error = to_kafka_error(co_await call);
    response.results.push_back({.group_id = std::move(name), .error_code = error});
  }
  co_return response;
}

}  // namespace koine::kafka
