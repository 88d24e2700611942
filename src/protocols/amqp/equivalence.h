// Whether what is declared again is what is there. If not, the refusal says which argument differs, in RabbitMQ's words:
//
//   PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received '5' but current is '10'
#pragma once

#include "core/queues/queue_spec.h"
#include "core/routing/exchange.h"
#include "protocols/amqp/errors.h"

namespace koine::amqp {

// Refusals: resource_locked: exclusive to another connection, or exclusive in one declaration only; precondition_failed.
Outcome<> check_equivalent(const core::QueueSpec& declared, const core::QueueSpec& current);
Outcome<> check_equivalent(const core::ExchangeSpec& declared, const core::ExchangeSpec& current);

// Refusal: resource_locked: the queue is exclusive to another connection.
Outcome<> check_access(const core::QueueSpec& queue, std::uint64_t owner);

}  // namespace koine::amqp
