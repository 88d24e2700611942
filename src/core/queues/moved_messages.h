// MovedMessages: messages that leave one place for others: dead letters, and messages whose delay is over. Collected in one turn,
// then moved: those for other shards are published there first; those for this shard, and that all of them are settled where they
// were, are one commit.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/queues/delayed_message.h"
#include "core/queues/publish_batch.h"
#include "core/queues/queues.h"
#include "core/routing/router.h"

namespace koine::core {

class Engine;

class MovedMessages {
 public:
  // Both outlive it; `stores` are the engine's.
  MovedMessages(Engine& engine, Queues& stores) : engine_(engine), stores_(stores) {}

  // What becomes of the message where it was, with the commit.
  void settle(const SettledMessage& message) { settled_.push_back(message); }
  // To the queues and topics of the route; held on this shard where an exchange of it delays. `more_keys` are beside the
  // message's. What a topic does not allow to be so large does not come to it, and that is said.
  void add(const MessageView& message, const Route& route,
           const std::vector<std::string>& more_keys, std::string_view vhost);
  // Held on this shard.
  void hold(const MessageView& message, const Delay& delay);

  // So much for this shard that many more would not fit into one commit: move it, and begin another.
  bool is_full() const;
  // How many are settled.
  std::size_t size() const { return settled_.size(); }

  // Once. Durable when it returns. On an error all are still where they were, and elsewhere there may be copies. A full queue may
  // refuse them: that is their end, as with every publisher that does not ask for confirms.
  Task<Result<>> move();

 private:
  void add_to_topics(const MessageView& message, const Route& route,
                     std::map<ShardId, std::vector<LogId>>& by_shard) const;
  Task<Result<>> publish_elsewhere(ShardId shard, PublishBatch batch);
  Task<Result<>> publish_and_settle();

  Engine& engine_;
  Queues& stores_;
  PublishBatch here_;
  std::map<ShardId, PublishBatch> elsewhere_;
  std::vector<SettledMessage> settled_;
};

}  // namespace koine::core
