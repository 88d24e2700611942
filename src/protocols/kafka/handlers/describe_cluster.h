// DescribeCluster: the one broker, which is its own controller.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/cluster.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<DescribeClusterResponse> handle(Scope& scope, DescribeClusterRequest request, Version version);

}  // namespace koine::kafka
