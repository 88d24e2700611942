// Addresses of direct replies, and replies that cross shards.
#include "protocols/amqp/direct_replies.h"

#include <gtest/gtest.h>

#include "io/sim/sim_world.h"
#include "runtime/run.h"

namespace koine::amqp {
namespace {

TEST(ReplyAddress, IsWrittenAndRead) {
  const ReplyAddress address{.shard = ShardId(12), .token = 0xF00D};
  EXPECT_EQ(address.to_string(), "amq.rabbitmq.reply-to.12.000000000000f00d");
  const auto parsed = ReplyAddress::parse(address.to_string());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->shard, ShardId(12));
  EXPECT_EQ(parsed->token, 0xF00DU);
  for (const char* other :
       {"", "q", "amq.rabbitmq.reply-to", "amq.rabbitmq.reply-to.", "amq.rabbitmq.reply-to.1",
        "amq.rabbitmq.reply-to.x.1", "amq.rabbitmq.reply-to.70000.1", "amq.rabbitmq.reply-to.1.g",
        "amq.rabbitmq.reply-to.1.", "amq.rabbitmq.reply-tox.1.1"}) {
    EXPECT_FALSE(ReplyAddress::parse(other).has_value()) << other;
  }
}

struct Receiver final : ReplyReceiver {
  void take_reply(const core::MessageView& message) override { body = as_text(message.body); }
  std::string body;
};

TEST(DirectReplies, CrossShards) {
  io::SimWorld world(1);
  io::SimReactor reactors[2]{io::SimReactor(world), io::SimReactor(world)};
  runtime::Shard zero(ShardId(0), reactors[0]);
  runtime::Shard one(ShardId(1), reactors[1]);
  DirectReplies replies;
  replies.join(zero);
  replies.join(one);
  const ReplyAddress address{.shard = ShardId(1), .token = 5};
  Receiver receiver;
  replies.add(address, receiver);
  const auto exists = [&] {
    return runtime::run_until_done(reactors[0], replies.exists(zero, address));
  };
  EXPECT_TRUE(exists());
  const std::string body = "answer";
  EXPECT_TRUE(replies.send(zero, address, {.body = as_bytes(body)}));
  EXPECT_EQ(receiver.body, "");
  world.run_for(std::chrono::milliseconds(1));
  EXPECT_EQ(receiver.body, "answer");
  EXPECT_FALSE(replies.send(zero, {.shard = ShardId(2), .token = 5}, {}));
  replies.remove(address);
  EXPECT_FALSE(exists());
  EXPECT_FALSE(replies.send(one, address, {}));
  EXPECT_TRUE(replies.send(zero, address, {}));
  world.run_for(std::chrono::milliseconds(1));
}

}  // namespace
}  // namespace koine::amqp
