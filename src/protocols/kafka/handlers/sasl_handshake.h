// SaslHandshake: the client chooses how it will log in.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/sasl.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<SaslHandshakeResponse> handle(Scope& scope, SaslHandshakeRequest request, Version version);

}  // namespace koine::kafka
