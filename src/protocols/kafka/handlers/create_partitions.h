// CreatePartitions: more partitions for a topic, to a total. Answered as CreateTopics is.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/topics.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<CreatePartitionsResponse> handle(Scope& scope, CreatePartitionsRequest request,
                                      Version version);

}  // namespace koine::kafka
