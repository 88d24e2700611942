// Login: who asks, from the Authorization of a request (RFC 7617 Basic, RFC 6750 Bearer) or a verified client certificate.
// The same users as in the other protocols.
#pragma once

#include <string>

#include "protocols/http/broker_resources.h"
#include "protocols/http/connection.h"
#include "protocols/http/problem.h"

namespace koine::http {

// The user's name; empty: nobody, where nobody has to be anybody. Computes for some milliseconds when a password is seen for the
// first time on a connection (core/users.h). Problems: unauthorized, with WWW-Authenticate.
Outcome<std::string> log_in(BrokerResources& resources, Connection& connection,
                            const Request& request);

}  // namespace koine::http
