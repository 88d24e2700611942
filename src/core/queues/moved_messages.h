// MovedMessages: messages that leave one place for others: dead letters, and messages whose delay is over. Collected in one turn,
// then moved: those for other shards are published there first; those for this shard, and that all of them are settled where they
// were, are one commit.
//
// What is more than one append takes (a large message for many topics) is published piece by piece first and settled then: a
// crash may leave it in both places, never in none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/idempotency.h"
#include "core/queues/delayed_message.h"
#include "core/queues/known_copies.h"
#include "core/queues/publish_batch.h"
#include "core/queues/queues.h"
#include "core/routing/router.h"

namespace koine::core {

class Engine;

class MovedMessages {
 public:
  // What becomes of a message that has grown on its way (x-death) to more than the journal takes: dropped, with a notice, or
  // it fails. Who moves by itself would otherwise try for ever, and hold up all that is behind.
  enum class Oversize : std::uint8_t { drop, fail };

  // Both outlive it; `stores` are the engine's.
  MovedMessages(Engine& engine, Queues& stores, Oversize oversize)
      : engine_(engine), stores_(stores), oversize_(oversize) {}

  // What becomes of the message where it was, with the commit.
  void settle(const SettledMessage& message) { settled_.push_back(message); }
  // To the queues and topics of the route; held on this shard where an exchange of it delays. `more_keys` are beside the
  // message's; `from`: where it was, for a request with a key. What a topic does not allow to be so large does not come to it, and that
  // is said.
  void add(const MessageView& message, const Route& route,
           const std::vector<std::string>& more_keys, std::string_view vhost,
           QueuePosition from = {});
  // Held on this shard.
  void hold(const MessageView& message, const Delay& delay);

  // It is a piece of a request with a key: its record is in the commit that settles. Before the first message: what is on other shards
  // already; outlives this.
  void set_keyed(IdempotentPiecePtr piece) { keyed_ = std::move(piece); }
  void set_known(const KnownCopies& copies) { known_ = &copies; }

  // So much for this shard that many more would not fit into one commit: move it, and begin another.
  bool is_full() const;
  // How many are settled.
  std::size_t size() const { return settled_.size(); }

  // Once. Durable when it returns. On an error all are still where they were, and elsewhere there may be copies. A full queue may
  // refuse them: that is their end, as with every publisher that does not ask for confirms. Errors: too_large (only with
  // Oversize::fail), no_space, io_error, closed.
  Task<Result<>> move();

 private:
  // What is for one shard.
  struct Part {
    PublishBatch batch;
    std::size_t size = 0;             // in the journal, all in one append
    std::size_t largest = 0;          // of one message with its copies
    std::vector<QueuePosition> from;  // of each message
  };

  void add_to(Part& part, const MessageView& message, std::span<const LogId> targets);
  std::size_t append_size_max() const;
  void add_to_topics(const MessageView& message, const Route& route,
                     std::map<ShardId, std::vector<LogId>>& by_shard) const;
  bool fits(const Part& part) const;
  IdempotentPiecePtr copies_of(ShardId shard, const Part& part) const;
  Task<Result<>> publish_elsewhere(ShardId shard, PublishBatch batch);
  Task<Result<>> publish_here(PublishBatch batch);
  Task<Result<>> publish_piece_by_piece(ShardId shard, PublishBatch batch);
  Task<Result<>> publish_and_settle();
  void settle_all();
  void notice(const std::string& sentence) const;

  Engine& engine_;
  Queues& stores_;
  Oversize oversize_;
  Part here_;
  std::map<ShardId, Part> elsewhere_;
  std::vector<SettledMessage> settled_;
  IdempotentPiecePtr keyed_;
  const KnownCopies* known_ = nullptr;
};

}  // namespace koine::core
