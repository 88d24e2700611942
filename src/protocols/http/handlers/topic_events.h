// GET /v1/topics/{topic}/events: a topic as Server-Sent Events (streams/event_stream.h).
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_topic_event_routes(std::vector<Route>& routes);

}  // namespace koine::http
