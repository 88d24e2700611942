// Heartbeat: a member is alive, and learns that it must join again.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_membership.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<HeartbeatResponse> handle(Scope& scope, HeartbeatRequest request, Version version);

}  // namespace koine::kafka
