// Which names a server may be asked for by (Host, :authority) while nobody has to log in. A page on the internet can have its own name
// lead to 127.0.0.1 (DNS rebinding); its requests are then of the same origin for the browser, and would come from inside. What they
// can't change is the name that they ask for.
//
//   127.0.0.1:8080, [::1], localhost, shop.localhost        always
//   those of http.hosts; *: any
#pragma once

#include <string_view>

#include "protocols/http/broker_options.h"

namespace koine::http {

// `authority` may be empty (HTTP/1.0): no browser sends that.
bool is_host_expected(const BrokerOptions& options, std::string_view authority);

}  // namespace koine::http
