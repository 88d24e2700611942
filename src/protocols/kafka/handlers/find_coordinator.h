// FindCoordinator: the one broker coordinates every group. There are no transactions: their coordinator is refused, with
// the one error that every client takes as final.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_membership.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<FindCoordinatorResponse> handle(Scope& scope, FindCoordinatorRequest request, Version version);

}  // namespace koine::kafka
