#include "protocols/http/handlers/stream.h"

#include <memory>
#include <utility>

#include "protocols/http/scope.h"
#include "protocols/http/websocket/handshake.h"

namespace koine::http {

namespace {

Outcome<Response> open_stream(Scope& scope, Request& request) {
  TRY(Handshake handshake, shake_hands(scope.options(), request));
  return Response::tunnel(
      std::make_unique<WebSocket>(scope.resources, handshake.compression, handshake.form),
      std::move(handshake.fields));
}

}  // namespace

void add_stream_routes(std::vector<Route>& routes) {
  routes.push_back(
      {.method = Method::get,
       .pattern = "/v1/stream",
       .operation = "openStream",
       .tag = "streams",
       .summary = "A WebSocket: subscriptions with credit, and publishes, on one socket.",
       .answers = {{Status::switching_protocols, "It is open."}},
       .handler = open_stream});
}

}  // namespace koine::http
