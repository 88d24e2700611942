// SaslAuthenticate: one round of the login: PLAIN takes one, SCRAM two. A failed login ends the connection.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/sasl.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<SaslAuthenticateResponse> handle(Scope& scope, SaslAuthenticateRequest request, Version version);

}  // namespace koine::kafka
