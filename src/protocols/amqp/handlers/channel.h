// channel.flow: a client may not stop what it consumes this way (RabbitMQ); basic.qos does that.
#pragma once

#include "base/task.h"
#include "protocols/amqp/messages/channel.h"
#include "protocols/amqp/scope.h"

namespace koine::amqp {

Task<Outcome<>> handle(Scope& scope, ChannelFlow flow);

}  // namespace koine::amqp
