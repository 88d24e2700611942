#include "protocols/kafka/handlers/sync_group.h"

#include <utility>

#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/coordinator_call.h"

namespace koine::kafka {

namespace {

core::SyncRequest to_core(const Scope& scope, SyncGroupRequest request) {
  core::SyncRequest syncing{
      .group = std::move(request.group_id),
      .member_id = std::move(request.member_id),
      .instance_id = std::move(request.group_instance_id),
      .generation = request.generation_id,
      .protocol_type = std::move(request.protocol_type),
      .protocol_name = std::move(request.protocol_name),
  };
  syncing.assignments.reserve(request.assignments.size());
  for (SyncGroupRequest::Assignment& given : request.assignments) {
    syncing.assignments.push_back(
        {.member_id = std::move(given.member_id), .assignment = scope.keep(given.assignment)});
  }
  return syncing;
}

}  // namespace

Task<SyncGroupResponse> handle(Scope& scope, SyncGroupRequest request, Version /*version*/) {
  const std::string group = request.group_id;
  const auto call = call_coordinator_of<core::SyncResult>(
      scope, group,
      [syncing = to_core(scope, std::move(request))](core::GroupCoordinator& groups) mutable {
        return groups.sync(std::move(syncing));
      });
  core::SyncResult result = co_await call;
  SyncGroupResponse response{.error_code = to_kafka_error(result.error)};
  if (result.error != core::GroupError::none) co_return response;
  response.protocol_type = std::move(result.protocol_type);
  response.protocol_name = std::move(result.protocol_name);
  response.assignment = scope.lend(result.assignment);
  co_return response;
}

}  // namespace koine::kafka
