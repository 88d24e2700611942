// The arguments by which a client of RabbitMQ's dialect declares a queue or an exchange with given settings. Who declares by settings
// keeps them as well (QueueSpec::arguments), so that the same declaration over AMQP finds the same thing and not another one.
#pragma once

#include "core/queues/properties.h"
#include "core/queues/queue_spec.h"
#include "core/routing/exchange.h"

namespace koine::core {

// "x-message-ttl", ...; what is not set is not there.
FieldTable arguments_of(const QueueSettings& settings);
// "drop-head", "reject-publish", "reject-publish-dlx".
std::string_view argument_of(Overflow overflow);
// `arguments` with "alternate-exchange" and "x-delayed-type".
FieldTable arguments_of(const ExchangeSpec& exchange);

}  // namespace koine::core
