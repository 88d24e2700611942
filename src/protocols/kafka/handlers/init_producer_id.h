// InitProducerId: an id for an idempotent producer. Ids are never given out twice, so every call gets a new one with epoch
// 0, also one that asks for its epoch to be raised (KIP-360): for the producer the effect is the same.
//
// Transactions are not there. A transactional id gets TRANSACTIONAL_ID_AUTHORIZATION_FAILED: the one error about it that
// all clients take for final and tell their user at once; they would retry others, or call them unexpected.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/produce.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<InitProducerIdResponse> handle(Scope& scope, InitProducerIdRequest request, Version version);

}  // namespace koine::kafka
