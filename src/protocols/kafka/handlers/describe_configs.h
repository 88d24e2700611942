// DescribeConfigs: the settings of topics (topic_configs.h) and of the one broker (broker_configs.h), with where each
// value comes from.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/configs.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<DescribeConfigsResponse> handle(Scope& scope, DescribeConfigsRequest request, Version version);

}  // namespace koine::kafka
