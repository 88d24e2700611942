// ListOffsets and OffsetForLeaderEpoch: the first offset, the last, the one of a time, the one at which an epoch ended.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/list_offsets.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<ListOffsetsResponse> handle(Scope& scope, ListOffsetsRequest request, Version version);

// There is one epoch, which ends at the high watermark.
Task<OffsetForLeaderEpochResponse> handle(Scope& scope, OffsetForLeaderEpochRequest request,
                                          Version version);

}  // namespace koine::kafka
