// The table of routes: everything that HTTP clients can ask for.
#pragma once

#include <span>

#include "protocols/http/route.h"

namespace koine::http {

std::span<const Route> all_routes();

}  // namespace koine::http
