// Dispatch: from a request to its handler and back, the same for HTTP/1.1 and HTTP/2.
//
//   head is there   admit()     route, login; what is refused here is answered without reading the body
//   body is there   begin()     parameters; a handler that answers at once has answered, the other has not started
//   answer          complete()  what all responses have: CORS, and nothing that could split one
#pragma once

#include <expected>
#include <optional>
#include <variant>

#include "base/task.h"
#include "protocols/http/broker_resources.h"
#include "protocols/http/connection.h"
#include "protocols/http/message.h"
#include "protocols/http/route.h"
#include "protocols/http/scope.h"

namespace koine::http {

// The route whose handler will answer; or the answer: 401, 404, 405, 501, or what OPTIONS gets.
using Admission = std::expected<const Route*, Response>;
Admission admit(BrokerResources& resources, Connection& connection, Request& request);

// How large the body may be.
std::size_t body_bytes_max_of(const BrokerResources& resources, const Route& route);
Response body_too_large(std::size_t bytes_max);

using Begun = std::variant<Response, Task<Outcome<Response>>>;
Begun begin(Scope& scope, Request& request, const Route& route);

// What is not fit to be sent becomes a 500, and is logged.
void complete(BrokerResources& resources, const Request& request, Response& response);

}  // namespace koine::http
