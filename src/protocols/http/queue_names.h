// Queues and exchanges by the names in a request: path parameter and `?vhost=`.
#pragma once

#include <string>
#include <string_view>

#include "core/queues/queue_spec.h"
#include "core/routing/exchange.h"
#include "protocols/http/route.h"
#include "protocols/http/scope.h"

namespace koine::http {

// `?vhost=`, for routes.
Parameter vhost_parameter();
std::string_view vhost_of(const Request& request);
core::Name name_in(const Request& request, std::string_view name);

// Of the path parameter `queue`. Problems: not_found.
Outcome<core::QueuePtr> find_queue(const Scope& scope, const Request& request);
// The same, of which messages are taken. Problems: conflict: it belongs to one connection.
Outcome<core::QueuePtr> find_shared_queue(const Scope& scope, const Request& request);
// Of the path parameter `exchange`. Problems: not_found.
Outcome<core::ExchangePtr> find_exchange(const Scope& scope, const Request& request);

// Without a request. Problems: not_found; conflict.
Outcome<core::QueuePtr> find_queue(const core::Engine& engine, std::string_view vhost,
                                   std::string_view name);
Outcome<> check_is_shared(const core::QueueInfo& queue);
// Problems: bad_request: it is too long.
Outcome<> check_routing_key(std::string_view key);

// What nobody may declare: names that begin with "amq.". Problems: bad_request.
Outcome<> check_not_reserved(std::string_view kind, std::string_view name);

}  // namespace koine::http
