// Topics and consumer groups by the names that kafka_exporter has for them, for dashboards that were made for it.
//
//   kafka_topic_partition_current_offset{topic="orders",partition="0"} 42
//   kafka_consumergroup_lag{consumergroup="email",topic="orders",partition="0"} 6
//
// They name single partitions: of topics in the order of their names the first 10,000 partitions, of each shard's groups the first 1,000.
#pragma once

#include <string>
#include <string_view>

#include "base/task.h"
#include "protocols/http/scope.h"

namespace koine::http {

// `search`: only topics with this in their names. The groups' offsets in them as well. `address`: where the client has reached the
// server, and any of its protocols.
Task<std::string> kafka_exposition(Scope& scope, std::string_view search, std::string_view address);

}  // namespace koine::http
