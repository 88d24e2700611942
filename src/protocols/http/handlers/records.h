// Records of topics: append one or many, read from a place on, look at one.
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_append_routes(std::vector<Route>& routes);
void add_read_routes(std::vector<Route>& routes);

}  // namespace koine::http
