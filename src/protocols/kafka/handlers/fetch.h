// Fetch: record batches from many partitions, as stored. Waits, without polling, until there are min_bytes or max_wait_ms
// have passed; an error of any partition is answered at once.
//
// The answer holds whole batches: in the order of the request, each partition up to its own limit and all up to
// max_bytes; the first batch of the first partition that has one is there even if it is larger, so that a consumer
// gets on (KIP-74). Sessions (KIP-227) are declined with session id 0: every request names all its partitions.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/fetch.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

// Kafka's default for fetch.max.bytes on brokers: no answer is larger, but for a single batch.
inline constexpr std::size_t fetch_bytes_max = 55 * MiB;

Task<FetchResponse> handle(Scope& scope, FetchRequest request, Version version);

}  // namespace koine::kafka
