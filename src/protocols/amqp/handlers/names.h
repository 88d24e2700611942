// Names in methods: what an empty one stands for, what is reserved, what a server makes up; and finding what they name.
#pragma once

#include <string>
#include <string_view>

#include "core/queues/queue_spec.h"
#include "protocols/amqp/errors.h"
#include "protocols/amqp/scope.h"

namespace koine::amqp {

// Without line ends, which RabbitMQ strips from names.
std::string without_line_ends(std::string name);

// The queue that was declared last on the channel, for an empty name. Refusal: not_found: there is none.
Outcome<std::string> expand_queue_name(const Scope& scope, std::string name);

// An existing queue that this connection may use. Refusals: not_found, resource_locked.
Outcome<core::QueuePtr> find_queue(const Scope& scope, const std::string& name);

// An exchange or a topic, from which a binding may lead.
bool is_source(const Scope& scope, std::string_view name);

std::unexpected<Refusal> no_queue(const Scope& scope, std::string_view name);
std::unexpected<Refusal> no_exchange(const Scope& scope, std::string_view name);

// Refusal: access_refused: names that begin with "amq." are the server's. `kind`: "queue", "exchange".
Outcome<> check_not_reserved(std::string_view kind, std::string_view name);
// Refusal: access_refused.
Outcome<> check_not_default_exchange(std::string_view name);

// "amq.gen-" and 22 random characters.
std::string made_up_name(const Scope& scope, std::string_view prefix);

}  // namespace koine::amqp
