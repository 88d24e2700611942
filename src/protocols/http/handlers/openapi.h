// /openapi.json: an OpenAPI 3.1 description of every route, written from the table.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_openapi_routes(std::vector<Route>& routes);

std::string openapi_of(std::span<const Route> routes, std::string_view version);

}  // namespace koine::http
