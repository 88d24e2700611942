// Leases over time, from any shard (lessee.h, timed_leases.h): what HTTP's leases and SQS's receive, delete and change of visibility are
// made of. A lease is named by LeaseId: the queue, the message's position, and a number that no other lease has, also not after a
// restart: who comes too late settles nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/idempotency.h"
#include "core/queues/known_copies.h"
#include "core/queues/lease_request.h"
#include "core/queues/lessee.h"
#include "core/queues/settlement.h"

namespace koine::core {

class Engine;

struct LeaseId {
  LogId queue{0};
  QueuePosition position;
  std::uint64_t number = 0;

  // Letters, digits, '-' and '_': 34 of them.
  std::string to_string() const;
  static std::optional<LeaseId> parse(std::string_view text);
};

// Waits for the first message, and takes what else is ready, at most so many. Ends early with nothing when the call is cancelled. Errors:
// not_found (the queue is gone), denied (an exclusive consumer has it), unavailable (too many are leased), closed. `keyed`: a piece of a
// request with a key; what it got is known with the key on the queue's shard, as long as one of the leases lasts.
Task<Result<std::vector<LeasedMessage>>> lease_messages(Engine& here, QueuePtr queue,
                                                        LeaseRequest request,
                                                        std::shared_ptr<LeaseCall> call,
                                                        IdempotentPiecePtr keyed = nullptr);
// What such a request got, of which this is the record: those that are still leased by it. Errors: not_found, io_error, corrupt.
Task<Result<std::vector<LeasedMessage>>> leased_before(Engine& here, QueuePtr queue,
                                                       IdempotencyRecord record);
// From the shard that called; lease_messages() returns soon.
void cancel_lease_call(Engine& here, const QueueInfo& queue, std::shared_ptr<LeaseCall> call);

struct LeaseEnd {
  LeaseId lease;
  Settlement::Kind kind = Settlement::Kind::ack;
};
// Durable when it returns. Whether each was held; the others settle nothing. Errors: no_space, io_error, closed.
Task<Result<std::vector<bool>>> settle_leases(Engine& here, std::vector<LeaseEnd> ends);
struct SettledOnce {
  std::vector<bool> was_held;
  // All were held, and some were acked or rejected: the piece is durable as it was given. Otherwise it is not the answer.
  bool is_kept = false;
};
// Ends those of one queue as a piece of a request with a key: what is acked is so in one commit with it, and what is rejected, with its new
// places on the queue's shard; on other shards those come first. If it was done before: what was held then. Errors: as above, too_large
// (what is rejected does not fit into a commit); then the messages are back in their queue.
// `copies`: of what it has rejected on other shards, before a crash ended its leases; the rest of that is done now, unless somebody has the
// message.
Task<Result<SettledOnce>> settle_leases_once(Engine& here, LogId queue, std::vector<LeaseEnd> ends,
                                             IdempotentPiecePtr keyed, KnownCopies copies);
// From now on; false: it is not held any more.
Task<bool> extend_lease(Engine& here, LeaseId lease, Duration duration);

}  // namespace koine::core
