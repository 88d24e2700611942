// /livez and /readyz, as Kubernetes asks for them: whether the process runs, and whether it should get work.
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_health_routes(std::vector<Route>& routes);

}  // namespace koine::http
