// /v1/exchanges and /v1/bindings: list, declare, show, delete; bind and unbind; where a message would go and why.
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_exchange_routes(std::vector<Route>& routes);
void add_binding_routes(std::vector<Route>& routes);

}  // namespace koine::http
