// Koine-* fields of requests: each route declares those that it knows, and the others are refused, as unknown parameters are.
#pragma once

#include <initializer_list>
#include <string_view>

#include "protocols/http/problem.h"
#include "protocols/http/route.h"

namespace koine::http {

// Problems: bad_request, naming the field.
Outcome<> check_koine_fields(const Request& request, const Route& route);

// Of a body with many records or messages, each of which says itself what fields say about a single one. Problems: bad_request, naming
// the field. `others` are about the request.
Outcome<> refuse_fields_of_one(const Request& request,
                               std::initializer_list<std::string_view> others = {});

}  // namespace koine::http
