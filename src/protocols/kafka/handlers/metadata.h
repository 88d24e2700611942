// Metadata: the broker, the topics and their partitions, all led by the one broker. Creates topics that are asked for by
// name and do not exist, where the server and the client allow it.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/metadata.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<MetadataResponse> handle(Scope& scope, MetadataRequest request, Version version);

}  // namespace koine::kafka
