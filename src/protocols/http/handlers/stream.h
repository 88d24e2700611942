// GET /v1/stream: a WebSocket (websocket/).
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_stream_routes(std::vector<Route>& routes);

}  // namespace koine::http
