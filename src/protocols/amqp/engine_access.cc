#include "protocols/amqp/engine_access.h"

namespace koine::amqp {

// A chunk can be made: the journal goes on with that.
Task<bool> EngineAccess::has_disk_space() {
  const auto space = co_await engine_.disk_space();
  co_return space && space->free_bytes > engine_.options().journal.chunk_bytes;
}

}  // namespace koine::amqp
