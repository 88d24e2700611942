// DescribeProducers: the idempotent producers that a partition remembers.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/cluster.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<DescribeProducersResponse> handle(Scope& scope, DescribeProducersRequest request,
                                       Version version);

}  // namespace koine::kafka
