// basic.ack, basic.nack, basic.reject: what the client says of its deliveries. They come with every message and wait for
// nothing; core is told when everything that has arrived was looked at.
#pragma once

#include "protocols/amqp/messages/basic.h"
#include "protocols/amqp/scope.h"

namespace koine::amqp {

// Refusal: precondition_failed: "unknown delivery tag 7".
Outcome<> settle(Scope& scope, const BasicAck& ack);
Outcome<> settle(Scope& scope, const BasicNack& nack);
Outcome<> settle(Scope& scope, const BasicReject& reject);

// Everything that the channel has not settled goes back to its queues, in order.
void return_all(Channel& channel, Settlements& settlements, core::Settlement::Kind kind);

}  // namespace koine::amqp
