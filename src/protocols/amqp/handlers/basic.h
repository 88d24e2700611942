// The methods of the basic class that wait for something: consuming and getting. What comes with every message is in
// publish.h and settle.h.
#pragma once

#include "base/task.h"
#include "protocols/amqp/messages/basic.h"
#include "protocols/amqp/scope.h"

namespace koine::amqp {

Task<Outcome<>> handle(Scope& scope, BasicQos qos);
Task<Outcome<>> handle(Scope& scope, BasicConsume consume);
Task<Outcome<>> handle(Scope& scope, BasicCancel cancel);
Task<Outcome<>> handle(Scope& scope, BasicGet get);
Task<Outcome<>> handle(Scope& scope, BasicRecover recover);
Task<Outcome<>> handle(Scope& scope, BasicRecoverAsync recover);

}  // namespace koine::amqp
