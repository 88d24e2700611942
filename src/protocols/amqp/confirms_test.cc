// Confirms: few methods for many messages, none too early.
#include "protocols/amqp/confirms.h"

#include <gtest/gtest.h>

#include <string>

#include "protocols/amqp/session_test_bench.h"

namespace koine::amqp {
namespace {

// An output whose bytes a client reads.
struct ConfirmsTest : testing::Test, Heartbeat::Listener, Output::Listener {
  void on_heartbeat_due() override {}
  void on_expired(std::string_view) override {}
  void on_room() override {}
  void on_broken() override {}

  void TearDown() override {
    world.run_for(std::chrono::milliseconds(1));
    runtime::run_until_done(reactor, gate.close());
  }
  std::vector<std::string> sent() {
    confirms.send(output, 1, resources.statistics);
    std::vector<std::string> texts;
    while (const auto received = client.receive(std::chrono::milliseconds(1))) {
      texts.push_back(received->text);
    }
    return texts;
  }
  static std::string ack(int tag, bool multiple = false) {
    return "1 basic.ack {delivery_tag=" + std::to_string(tag) +
           ",multiple=" + (multiple ? "true" : "false") + "}";
  }
  static std::string nack(int tag) {
    return "1 basic.nack {delivery_tag=" + std::to_string(tag) + ",multiple=false,requeue=false}";
  }

  io::SimWorld world{1};
  io::SimReactor reactor{world};
  io::SimReactor client_reactor{world};
  io::SimRandom random{1};
  runtime::Shard shard{ShardId(0), reactor};
  TestCore core{shard};
  BrokerOptions options;
  ListLogger log;
  DirectReplies replies;
  BrokerResources resources{core, options, log, random, replies};
  io::Pipe pipe = io::make_pipe(client_reactor, reactor, {});
  TestClient client{world, std::move(pipe.first)};
  Heartbeat heartbeat{reactor, *this};
  runtime::Gate gate;
  Output output{resources, *pipe.second, heartbeat, gate, *this};
  Confirms confirms;
};

TEST_F(ConfirmsTest, AreOneMethodForAllUpToTheFirstThatWaits) {
  for (int n = 0; n < 5; ++n) confirms.add(1);
  confirms.complete(1, 3);
  EXPECT_EQ(sent(), (std::vector{ack(3, true)}));
  EXPECT_TRUE(sent().empty());
  confirms.complete(4, 1);
  EXPECT_EQ(sent(), (std::vector{ack(4)}));
  EXPECT_EQ(confirms.waiting(), 1U);
}

TEST_F(ConfirmsTest, WaitForAllShards) {
  confirms.add(2);
  confirms.complete(1, 1);
  EXPECT_TRUE(sent().empty());
  confirms.complete(1, 1);
  EXPECT_EQ(sent(), (std::vector{ack(1)}));
}

TEST_F(ConfirmsTest, ComeInTheOrderOfCompletion) {
  for (int n = 0; n < 4; ++n) confirms.add(1);
  confirms.complete(3, 1);
  EXPECT_EQ(sent(), (std::vector{ack(3)}));
  confirms.complete(1, 2);
  EXPECT_EQ(sent(), (std::vector{ack(2, true)}));
  confirms.complete(4, 1);
  EXPECT_EQ(sent(), (std::vector{ack(4)}));
  EXPECT_EQ(confirms.waiting(), 0U);
  EXPECT_EQ(resources.statistics.messages_confirmed, 4U);
}

TEST_F(ConfirmsTest, OfRefusedMessagesAreNegative) {
  for (int n = 0; n < 5; ++n) confirms.add(1);
  confirms.refuse(2);
  confirms.refuse(5);
  confirms.complete(5, 1);
  EXPECT_EQ(sent(), (std::vector{nack(5)}));
  confirms.complete(1, 4);
  EXPECT_EQ(sent(), (std::vector{ack(1), nack(2), ack(4, true)}));
  EXPECT_EQ(resources.statistics.messages_refused, 2U);
}

}  // namespace
}  // namespace koine::amqp
