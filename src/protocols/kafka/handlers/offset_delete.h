// OffsetDelete: forgets how far a group has read, in topics that it does not read now.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/group_offsets.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<OffsetDeleteResponse> handle(Scope& scope, OffsetDeleteRequest request, Version version);

}  // namespace koine::kafka
