// Consumer groups: list, look at one with its lag, delete.
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_group_routes(std::vector<Route>& routes);

}  // namespace koine::http
