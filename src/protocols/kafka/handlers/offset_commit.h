// OffsetCommit: how far a group has read. Answered when it is durable; partitions that do not exist are refused one by
// one, and so is a commit time of the client's own (version 1): when an offset is forgotten goes by the server's clock.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_offsets.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<OffsetCommitResponse> handle(Scope& scope, OffsetCommitRequest request, Version version);

}  // namespace koine::kafka
