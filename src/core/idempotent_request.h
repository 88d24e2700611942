// One request with a key, from any shard:
//
//   begin_keyed()    claims the key on its home shard, and asks all shards what they know of it
//   the request      does its pieces (Partition::append, QueueClient::publish, changes of the catalog)
//   keep_answer()    unless a piece had it
//   end_keyed()      lets the next one with the key come
//
// A shard is asked by one call: what is under way is known at home only, what was done only where it was done.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/idempotency.h"

namespace koine::core {

class Engine;

struct KeyedBegin {
  enum class Kind : std::uint8_t {
    first,     // nobody has come with the key
    in_part,   // the process ended before the request was done: go on with it
    answered,  // by the only one of `records`
    is_running,
    is_other_request,  // the key was used for something else
  };
  Kind kind = Kind::first;
  std::vector<IdempotencyRecord> records;
};

// After first and in_part the key is claimed until end_keyed(). Errors: unavailable (no more keys can be kept: says for how long).
Task<Result<KeyedBegin>> begin_keyed(Engine& here, IdempotencyDigest key,
                                     IdempotencyDigest request);
Task<void> end_keyed(Engine& here, IdempotencyDigest key);
// Durable when it returns. Errors: no_space, io_error, closed.
Task<Result<>> keep_answer(Engine& here, IdempotentPiecePtr piece);

}  // namespace koine::core
