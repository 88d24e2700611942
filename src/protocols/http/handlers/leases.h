// /v1/queues/{queue}/leases: messages that are taken for a time, with a wait for the first, and then acked, extended, released or
// rejected, by whoever knows the lease's name.
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_lease_routes(std::vector<Route>& routes);

}  // namespace koine::http
