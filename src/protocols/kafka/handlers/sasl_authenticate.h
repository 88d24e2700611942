// SaslAuthenticate: one round of the login: PLAIN takes one, SCRAM two. A failed login ends the connection.
#pragma once

#include <string>
#include <vector>

#include "base/task.h"
#include "protocols/kafka/messages/sasl.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<SaslAuthenticateResponse> handle(Scope& scope, SaslAuthenticateRequest request, Version version);

// The mechanisms by which clients can log in.
std::vector<std::string> sasl_mechanisms();

}  // namespace koine::kafka
