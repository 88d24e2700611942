// `/metrics` and its two compatible forms, `/v1/status`: what an operator looks at.
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_metrics_routes(std::vector<Route>& routes);
void add_status_routes(std::vector<Route>& routes);

}  // namespace koine::http
