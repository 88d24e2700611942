// /v1/queues and what is in a queue: list, declare, show, delete; send, peek, purge.
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_queue_routes(std::vector<Route>& routes);
void add_queue_message_routes(std::vector<Route>& routes);

}  // namespace koine::http
