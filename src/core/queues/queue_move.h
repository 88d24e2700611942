// Moving messages out of a queue by hand: to another queue, through an exchange, back to where dead letters came from, or away; those that
// match a filter. What is moved, and how far a move has come; the work is done by ShardQueues::move on the queue's shard, a part
// at a time (move_messages), so that a caller can stop, and ten million messages hold nothing up.
//
//   queue:   [ m1 m2 m3 m4 m5 | what comes meanwhile is not looked at ]
//                      next ^ end
//
// Messages of a part leave the queue and get their new places in one commit, if those are on the same shard and can't refuse
// them; otherwise the new place comes first, so that a crash may leave a message in both, never in none. A move that is a request with
// a key leaves records of both (known_copies.h): it goes on from there, and nothing is left in both but what somebody took meanwhile.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/idempotency.h"
#include "core/queues/known_copies.h"
#include "core/queues/message.h"
#include "core/queues/properties.h"
#include "core/queues/queue_spec.h"
#include "core/queues/settlement.h"

namespace koine::core {

class Engine;

// Where a dead letter died last: the first entry of its `x-death` (dead_letter.h).
struct LastDeath {
  std::string queue;
  std::string reason;
  std::string exchange;     // to which it had been published
  std::string routing_key;  // with this
};
std::optional<LastDeath> last_death_of(const FieldTable& headers);

struct MoveFilter {
  std::optional<std::string> routing_key;
  std::vector<std::pair<std::string, std::string>> headers;  // name, value as text
  std::optional<std::string> reason;                         // of its last death

  bool matches(std::string_view key, const FieldTable& message_headers,
               const std::optional<LastDeath>& death) const;
};

struct MoveTarget {
  enum class Kind : std::uint8_t { queue, exchange, origin, nowhere };
  Kind kind = Kind::queue;
  std::string name;                        // of the queue or exchange, in the same virtual host
  std::optional<std::string> routing_key;  // for an exchange; none: the message's own
};

struct MoveSpec {
  MoveFilter filter;
  MoveTarget target;
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  // of matching messages
  bool is_dry_run = false;
};

struct MoveProgress {
  std::vector<Offset> ends;  // by level; empty: it has not begun
  QueuePosition next;
  bool is_done = false;

  std::uint64_t looked_at = 0;
  std::uint64_t matched = 0;
  std::uint64_t moved = 0;       // with a dry run: would be
  std::uint64_t unroutable = 0;  // match, and stay: no queue takes them
  std::uint64_t refused = 0;     // match, and stay: a queue is full; then the move ends
  std::map<std::string, std::uint64_t> destinations;  // queues; "topic orders"
};

// A move that is a request with a key. Never changed after the first part.
struct KeyedMove {
  IdempotentPiecePtr piece;  // without its note
  KnownCopies copies;        // of an earlier try

  // How far one has come, as that piece.
  IdempotentPiecePtr progress(const MoveProgress& progress) const;
};
using KeyedMovePtr = std::shared_ptr<const KeyedMove>;
// What is known of the request. Errors: corrupt.
Result<MoveProgress> resume_move(std::span<const IdempotencyRecord> records, KeyedMove& move);

// The next part of a move, from any shard; begin with an empty progress, go on until it is done. Errors: not_found, invalid_argument,
// no_space, io_error, closed, too_large (with a key: it has too many destinations): what this part had picked is where it was.
// `keyed`: null if it has none.
Task<Result<MoveProgress>> move_messages(Engine& here, QueuePtr queue, MoveSpec spec,
                                         MoveProgress progress, KeyedMovePtr keyed = nullptr);

}  // namespace koine::core
