// Login: who a client is, from what it said in connection.start-ok: SASL PLAIN, AMQPLAIN (RabbitMQ's own: a field table with
// LOGIN and PASSWORD), EXTERNAL (the certificate that TLS has verified) and, where it is allowed, ANONYMOUS.
//
// Without configured users the user guest with the password guest may work from this machine, as in RabbitMQ.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "protocols/amqp/broker_options.h"
#include "protocols/amqp/connection.h"

namespace koine::amqp {

// For connection.start: separated by spaces.
std::string sasl_mechanisms(const BrokerOptions& options, const Connection& connection);

// The user's name. Computes for some milliseconds when there are users (core/users.h). Errors: unsupported (mechanism),
// invalid_argument (not a message of the mechanism), unauthenticated.
Result<std::string> log_in(const BrokerOptions& options, const Connection& connection,
                           std::string_view mechanism, std::string_view response);

// connection.update-secret: whether this is the user's password.
bool is_secret_of(const BrokerOptions& options, const Connection& connection,
                  std::string_view secret);

}  // namespace koine::amqp
