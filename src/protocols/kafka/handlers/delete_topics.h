// DeleteTopics: by name, or since version 6 by id; with their records and the offsets that groups committed in them.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/topics.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<DeleteTopicsResponse> handle(Scope& scope, DeleteTopicsRequest request, Version version);

}  // namespace koine::kafka
