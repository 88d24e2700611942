// DeleteRecords: giving up the records of partitions below an offset.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/topics.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<DeleteRecordsResponse> handle(Scope& scope, DeleteRecordsRequest request, Version version);

}  // namespace koine::kafka
