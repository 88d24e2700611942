#include "protocols/kafka/handlers/leave_group.h"

#include <utility>

#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/coordinator_call.h"

namespace koine::kafka {

namespace {

constexpr Version several_members_first = 3;

std::vector<core::LeavingMember> leaving_members(const LeaveGroupRequest& request,
                                                 Version version) {
  if (version < several_members_first) {
    return {{.member_id = request.member_id, .instance_id = std::nullopt}};
  }
  std::vector<core::LeavingMember> leaving;
  leaving.reserve(request.members.size());
  for (const LeaveGroupRequest::Member& member : request.members) {
    leaving.push_back({.member_id = member.member_id, .instance_id = member.group_instance_id});
  }
  return leaving;
}

void log_reasons(const Scope& scope, const LeaveGroupRequest& request) {
  for (const LeaveGroupRequest::Member& member : request.members) {
    if (!member.reason || member.reason->empty()) continue;
    scope.log.debug(
        log_component, "a member leaves",
        {{"group", request.group_id}, {"member", member.member_id}, {"reason", *member.reason}});
  }
}

}  // namespace

Task<LeaveGroupResponse> handle(Scope& scope, LeaveGroupRequest request, Version version) {
  log_reasons(scope, request);
  const auto call = call_coordinator_of<core::LeaveResult>(
      scope, request.group_id,
      [group = request.group_id, leaving = leaving_members(request, version)](
          core::GroupCoordinator& groups) { return groups.leave(group, leaving); });
  const core::LeaveResult result = co_await call;
  LeaveGroupResponse response{.error_code = to_kafka_error(result.error)};
  if (result.error != core::GroupError::none) co_return response;
  if (version < several_members_first) {
    response.error_code = to_kafka_error(result.by_member.front());
    co_return response;
  }
  for (std::size_t n = 0; n < request.members.size(); ++n) {
    response.members.push_back(
        {.member_id = std::move(request.members[n].member_id),
         .group_instance_id = std::move(request.members[n].group_instance_id),
         .error_code = to_kafka_error(result.by_member[n])});
  }
  co_return response;
}

}  // namespace koine::kafka
