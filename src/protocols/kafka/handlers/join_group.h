// JoinGroup: becomes a member of a group, or stays one in its next generation. Waits for the other members, at most for
// the group's rebalance timeout.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_membership.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<JoinGroupResponse> handle(Scope& scope, JoinGroupRequest request, Version version);

}  // namespace koine::kafka
