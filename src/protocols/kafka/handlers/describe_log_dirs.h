// DescribeLogDirs: the one data directory, and the bytes of records that each partition has in it.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/cluster.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<DescribeLogDirsResponse> handle(Scope& scope, DescribeLogDirsRequest request, Version version);

}  // namespace koine::kafka
