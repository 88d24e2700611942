#include "protocols/kafka/handlers/heartbeat.h"

#include <utility>

#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/coordinator_call.h"

namespace koine::kafka {

Task<HeartbeatResponse> handle(Scope& scope, HeartbeatRequest request, Version /*version*/) {
  core::HeartbeatRequest beating{
      .group = std::move(request.group_id),
      .member_id = std::move(request.member_id),
      .instance_id = std::move(request.group_instance_id),
      .generation = request.generation_id,
  };
  const std::string group = beating.group;
  const auto call = call_coordinator_of<core::GroupError>(
      scope, group, [beating = std::move(beating)](core::GroupCoordinator& groups) {
        return groups.heartbeat(beating);
      });
  co_return HeartbeatResponse{.error_code = to_kafka_error(co_await call)};
}

}  // namespace koine::kafka
