// The methods of the queue class.
#pragma once

#include "base/task.h"
#include "protocols/amqp/messages/queue.h"
#include "protocols/amqp/scope.h"

namespace koine::amqp {

Task<Outcome<>> handle(Scope& scope, QueueDeclare declare);
Task<Outcome<>> handle(Scope& scope, QueueBind bind);
Task<Outcome<>> handle(Scope& scope, QueueUnbind unbind);
Task<Outcome<>> handle(Scope& scope, QueuePurge purge);
Task<Outcome<>> handle(Scope& scope, QueueDelete method);

}  // namespace koine::amqp
