// DescribeGroups: state, members and assignments. A group that does not exist is "Dead", without an error.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_admin.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<DescribeGroupsResponse> handle(Scope& scope, DescribeGroupsRequest request, Version version);

}  // namespace koine::kafka
