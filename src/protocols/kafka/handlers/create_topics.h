// CreateTopics: one after another, each answered when it is durable and every shard knows it, which is why the request's
// timeout has nothing to bound. validate_only: the same checks, without the topic.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/topics.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<CreateTopicsResponse> handle(Scope& scope, CreateTopicsRequest request, Version version);

}  // namespace koine::kafka
