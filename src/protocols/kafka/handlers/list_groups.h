// ListGroups: the groups of all shards. States that do not exist match nothing.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_admin.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<ListGroupsResponse> handle(Scope& scope, ListGroupsRequest request, Version version);

}  // namespace koine::kafka
