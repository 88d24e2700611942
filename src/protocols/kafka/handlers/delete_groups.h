// DeleteGroups: empty groups go, with their offsets.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_admin.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<DeleteGroupsResponse> handle(Scope& scope, DeleteGroupsRequest request, Version version);

}  // namespace koine::kafka
