// DirectReplies: who waits for replies without a queue (RabbitMQ's direct reply-to), on every shard. A requester consumes
// from amq.rabbitmq.reply-to; the name in its requests becomes an address, to which the replier publishes:
//
//   amq.rabbitmq.reply-to.3.f00d...      shard 3, the token of a channel there
//
// Replies are in memory only and delivered at most once: to a requester that is gone, or that has no room, they are lost.
// One object for the server. A shard joins before it serves; the tokens of a shard are touched on that shard only.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/task.h"
#include "core/queues/message.h"
#include "runtime/shard.h"

namespace koine::amqp {

inline constexpr std::string_view direct_reply_name = "amq.rabbitmq.reply-to";

struct ReplyAddress {
  ShardId shard;
  std::uint64_t token = 0;

  // "amq.rabbitmq.reply-to.3.00000000f00d0000"
  std::string to_string() const;
  // Nothing: it is no address.
  static std::optional<ReplyAddress> parse(std::string_view routing_key);
};

class ReplyReceiver {
 public:
  ReplyReceiver() = default;
  ReplyReceiver(const ReplyReceiver&) = delete;
  ReplyReceiver& operator=(const ReplyReceiver&) = delete;
  virtual ~ReplyReceiver() = default;

  // On its own shard. The message's views end with the call.
  virtual void take_reply(const core::MessageView& message) = 0;
};

class DirectReplies {
 public:
  DirectReplies() = default;
  DirectReplies(const DirectReplies&) = delete;
  DirectReplies& operator=(const DirectReplies&) = delete;

  // The shard's loop must have ended before the shard dies.
  void join(runtime::Shard& shard);

  // On the shard of the receiver.
  void add(const ReplyAddress& address, ReplyReceiver& receiver);
  void remove(const ReplyAddress& address);

  // From any shard: copies the message if it goes to another. False: there is no such shard, or, on this shard, no such
  // receiver; on another shard, a reply that nobody waits for is dropped there.
  bool send(runtime::Shard& from, const ReplyAddress& address, const core::MessageView& message);
  // Whether somebody waits there.
  Task<bool> exists(runtime::Shard& from, ReplyAddress address);

 private:
  struct Place {
    runtime::Shard* shard = nullptr;
    std::unordered_map<std::uint64_t, ReplyReceiver*> receivers;
  };
  // Null: no such shard.
  Place* place_of(ShardId shard);
  static bool deliver(Place& place, std::uint64_t token, const core::MessageView& message);
  static Task<bool> has(Place* place, std::uint64_t token);

  std::mutex mutex_;                            // of the list, not of what the places hold
  std::vector<std::unique_ptr<Place>> places_;  // by shard
};

}  // namespace koine::amqp
