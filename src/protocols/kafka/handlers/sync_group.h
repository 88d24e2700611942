// SyncGroup: the leader tells who reads what, and every member learns its share. Waits for the leader, and until the
// generation is durable.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_membership.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<SyncGroupResponse> handle(Scope& scope, SyncGroupRequest request, Version version);

}  // namespace koine::kafka
