// OffsetFetch: how far groups have read: one of them, or since version 8 several. A partition without an offset has -1.
// There are no transactions, so that every offset is stable (require_stable).
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_offsets.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<OffsetFetchResponse> handle(Scope& scope, OffsetFetchRequest request, Version version);

}  // namespace koine::kafka
