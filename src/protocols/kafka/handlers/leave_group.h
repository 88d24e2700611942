// LeaveGroup: members leave at once instead of by their timeout; since version 3 several in one request.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_membership.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<LeaveGroupResponse> handle(Scope& scope, LeaveGroupRequest request, Version version);

}  // namespace koine::kafka
