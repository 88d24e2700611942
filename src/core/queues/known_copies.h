// KnownCopies: what a request with a key that takes messages out of a queue has put on other shards. Those are there before the message
// leaves its place; whoever goes on after a crash in between knows it by their records, and does not put them there again.
//
//   shard of the queue      [ m1 m2 m3 ]            [ - - - ][ record: how far ]      one commit
//   another shard                        [ m1 m3 ][ record: m1 m3 are here ]          one commit, before it
//
// A record takes the place of the one before it (IdempotentPiece::is_progress). Made on one shard, read on others.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <utility>

#include "base/ids.h"
#include "base/result.h"
#include "core/idempotency.h"
#include "core/queues/settlement.h"

namespace koine::core {

class KnownCopies {
 public:
  // The numbers of the pieces that have them: of messages for queues that may refuse them, which they are asked first, and of others.
  static constexpr std::uint32_t asked_piece = 1;
  static constexpr std::uint32_t sent_piece = 2;
  static bool is_piece_of(const IdempotencyRecord& record);

  // What such a record says. Errors: corrupt.
  Result<> add(const IdempotencyRecord& record);

  bool empty() const { return copies_.empty(); }
  bool has(ShardId shard, QueuePosition position) const {
    return copies_.contains({shard, position});
  }
  // On some shard.
  bool has(QueuePosition position) const;

  // That these have their copies on the shard, in the order of the batch with which it is done; and those that are known.
  IdempotentPiecePtr piece(const IdempotentPiece& of, std::uint32_t number, ShardId shard,
                           std::span<const QueuePosition> positions) const;

 private:
  std::set<std::pair<ShardId, QueuePosition>> copies_;
};

}  // namespace koine::core
