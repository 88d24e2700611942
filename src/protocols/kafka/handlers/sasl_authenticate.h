// SaslAuthenticate: one round of the login: PLAIN takes one, SCRAM two. A failed login ends the connection.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/task.h"
#include "protocols/kafka/messages/sasl.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<SaslAuthenticateResponse> handle(Scope& scope, SaslAuthenticateRequest request,
                                      Version version);

// The same with a bare token, the scope's frame, and a bare answer; a failure is said in the connection's login.
Task<Bytes> take_sasl_token(Scope& scope);

// The mechanisms by which clients can log in.
std::vector<std::string> sasl_mechanisms();

}  // namespace koine::kafka
