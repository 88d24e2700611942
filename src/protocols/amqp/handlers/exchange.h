// The methods of the exchange class.
#pragma once

#include "base/task.h"
#include "protocols/amqp/messages/exchange.h"
#include "protocols/amqp/scope.h"

namespace koine::amqp {

Task<Outcome<>> handle(Scope& scope, ExchangeDeclare declare);
Task<Outcome<>> handle(Scope& scope, ExchangeDelete method);
Task<Outcome<>> handle(Scope& scope, ExchangeBind bind);
Task<Outcome<>> handle(Scope& scope, ExchangeUnbind unbind);

}  // namespace koine::amqp
