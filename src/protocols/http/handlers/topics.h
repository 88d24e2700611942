// Topics: list, make or change, look at, delete.
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_topic_routes(std::vector<Route>& routes);

}  // namespace koine::http
