// The table of the methods on a channel that wait for something, and their handlers.
#pragma once

#include "base/task.h"
#include "protocols/amqp/method_id.h"
#include "protocols/amqp/scope.h"
#include "protocols/amqp/wire.h"

namespace koine::amqp {

// Decodes the method and gives the handling of it, not begun; what the reader reads is not needed any more. Refusals: frame_error, not_implemented (an unknown
// method), command_invalid (one that only servers send).
Outcome<Task<Outcome<>>> begin(Scope& scope, MethodId method, Reader& reader);

}  // namespace koine::amqp
