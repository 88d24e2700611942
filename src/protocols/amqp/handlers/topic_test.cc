// Topics seen from AMQP: published to as exchanges, bound from, never declared as something else.
#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <string>

#include "protocols/amqp/session_test_bench.h"

namespace koine::amqp {
namespace {

struct TopicTest : testing::Test {
  TopicTest() { broker.core().add_topic("orders", 3); }

  void settle() { broker.run_for(std::chrono::milliseconds(100)); }
  void publish(const std::string& key, const std::string& body = "x",
               const std::string& exchange = "orders") {
    client.publish(1, {.exchange = exchange, .routing_key = key, .mandatory = true},
                   {.body = body, .properties = {}});
  }
  std::size_t record_count() {
    std::size_t count = 0;
    for (std::size_t n = 0; n < 3; ++n) count += broker.core().records("orders", n).size();
    return count;
  }
  template <typename Method>
  std::string refusal(const Method& method) {
    client.send(1, method);
    const auto close = client.expect<ChannelClose>(1);
    client.send(1, ChannelCloseOk{});
    client.open_channel(1);
    return close.reply_text;
  }

  TestBroker broker;
  TestClient client = broker.client();
};

TEST_F(TopicTest, TakesWhatIsPublishedToItsName) {
  client.call<ConfirmSelectOk>(1, ConfirmSelect{});
  publish("k");
  const auto ack = client.expect<BasicAck>(1);
  EXPECT_EQ(ack.delivery_tag, 1U);
  EXPECT_EQ(record_count(), 1U);
}

TEST_F(TopicTest, KeepsAKeyInOnePartitionAndSpreadsWhatHasNone) {
  for (int n = 0; n < 20; ++n) {
    publish("order-1", std::to_string(n));
    settle();
  }
  EXPECT_EQ(record_count(), 20U);
  std::set<std::size_t> sizes;
  for (std::size_t n = 0; n < 3; ++n) sizes.insert(broker.core().records("orders", n).size());
  EXPECT_EQ(sizes, (std::set<std::size_t>{0, 20}));
  for (int n = 0; n < 20; ++n) {
    publish("");
    settle();
  }
  for (std::size_t n = 0; n < 3; ++n) EXPECT_FALSE(broker.core().records("orders", n).empty());
}

TEST_F(TopicTest, AndWhatIsBoundToItGetTheMessageTogether) {
  client.declare("email");
  client.call<QueueBindOk>(1,
                           QueueBind{.queue = "email", .exchange = "orders", .routing_key = "#"});
  publish("k");
  settle();
  EXPECT_EQ(record_count(), 1U);
  EXPECT_EQ(broker.core().ready("email"), 1U);
  EXPECT_EQ(broker.core().publish_calls(), 1U);
}

TEST_F(TopicTest, IsBoundToAnExchange) {
  client.call<ExchangeDeclareOk>(1, ExchangeDeclare{.exchange = "events", .type = "fanout"});
  client.call<ExchangeBindOk>(1, ExchangeBind{.destination = "orders", .source = "events"});
  publish("k", "x", "events");
  settle();
  EXPECT_EQ(record_count(), 1U);
}

TEST_F(TopicTest, RefusesAMessageThatIsLargerThanItAllows) {
  broker.core().add_topic("small", 1, {.message_bytes_max = 1000});
  for (int n = 0; n < 2; ++n) {  // found, and remembered
    client.publish(1, {.exchange = "small", .routing_key = "k"}, {.body = "x", .properties = {}});
    client.publish(1, {.exchange = "small", .routing_key = "k"},
                   {.body = std::string(1000, 'x'), .properties = {}});
    const auto close = client.expect<ChannelClose>(1);
    EXPECT_EQ(close.reply_code, 406);
    EXPECT_TRUE(close.reply_text.find("max.message.bytes") != std::string::npos);
    client.send(1, ChannelCloseOk{});
    client.open_channel(1);
  }
}

TEST_F(TopicTest, IsNoExchangeToBeDeleted) {
  EXPECT_EQ(refusal(ExchangeDelete{.exchange = "orders"}),
            "PRECONDITION_FAILED - 'orders' in vhost '/' is a topic, not an exchange");
}

TEST_F(TopicTest, IsThereForWhoAsks) {
  client.call<ExchangeDeclareOk>(1, ExchangeDeclare{.exchange = "orders", .passive = true});
}

struct StreamTest : TopicTest {
  std::string refused_consumer(BasicConsume consume, std::uint16_t prefetch = 10) {
    if (prefetch > 0) client.call<BasicQosOk>(1, BasicQos{.prefetch_count = prefetch});
    return refusal(consume);
  }
  // What core was asked for.
  core::StreamOptions asked(const std::string& queue, core::FieldValue offset) {
    const std::string text =
        refused_consumer({.queue = queue, .arguments = {{"x-stream-offset", std::move(offset)}}});
    EXPECT_EQ(text, "NOT_IMPLEMENTED - topics are not read here");
    return broker.core().stream_options().value_or(core::StreamOptions());
  }
  std::string refused_offset(const std::string& queue, core::FieldValue offset) {
    return refused_consumer(
        {.queue = queue, .arguments = {{"x-stream-offset", std::move(offset)}}});
  }
};

TEST_F(StreamTest, BeginsWhereRabbitMqsArgumentsSay) {
  using At = core::ReadStart::At;
  EXPECT_EQ(asked("orders", {std::string("first")}).start.at, At::start);
  EXPECT_EQ(asked("orders", {std::string("next")}).start.at, At::end);
  EXPECT_TRUE(asked("orders", {std::string("last")}).is_from_last);
  const auto hour = asked("orders", {std::string("1h")});
  EXPECT_EQ(hour.start.at, At::time);
  EXPECT_EQ(asked("orders", {core::Timestamp{1000}}).start.time_ms, 1'000'000);
  const auto offset = asked("orders-2", {std::int32_t{7}});
  EXPECT_EQ(offset.partition, PartitionId{2});
  EXPECT_EQ(offset.start.position.next.front(),
            (core::TopicPosition::Next{PartitionId{2}, Offset{7}}));
  EXPECT_EQ(offset.prefetch, 10U);
}

TEST_F(StreamTest, RefusesWhatStreamsCanNotDo) {
  const std::string stream = "stream 'orders' in vhost '/'";
  EXPECT_EQ(refused_consumer({.queue = "orders"}, 0),
            "PRECONDITION_FAILED - consumer prefetch count is not set for " + stream);
  EXPECT_TRUE(refused_offset("orders", {std::int32_t{7}}).find("'orders-0' to 'orders-2'") !=
              std::string::npos);
  EXPECT_TRUE(refused_offset("orders", {std::string("1x")}).starts_with("PRECONDITION_FAILED"));
  EXPECT_TRUE(refused_offset("orders", {std::int32_t{-1}}).starts_with("PRECONDITION_FAILED"));
  EXPECT_EQ(
      refused_consumer({.queue = "orders", .arguments = {{"x-priority", {std::int32_t{1}}}}}),
      "PRECONDITION_FAILED - invalid arg 'x-priority' for " + stream + ": it is not supported");
}

TEST_F(StreamTest, EndsTheConnectionAsRabbitMqForWhatNoStreamDoes) {
  const auto refused = [this](const auto& method) {
    TestClient other = broker.client();
    other.send(1, method);
    const auto close = other.expect<ConnectionClose>(0);
    EXPECT_EQ(close.reply_code, 540);
    return close.reply_text.starts_with("NOT_IMPLEMENTED - ");
  };
  EXPECT_TRUE(refused(QueueDelete{.queue = "orders", .if_empty = true}));
  EXPECT_TRUE(refused(QueuePurge{.queue = "orders"}));
  EXPECT_TRUE(refused(BasicGet{.queue = "orders-1"}));
  EXPECT_TRUE(refused(BasicConsume{.queue = "orders", .no_ack = true}));
}

TEST_F(StreamTest, IsDeclaredAsATopicOfOnePartition) {
  const core::FieldTable arguments = {{"x-queue-type", {std::string("stream")}},
                                      {"x-max-age", {std::string("7D")}},
                                      {"x-max-length-bytes", {std::int64_t{1'000'000}}}};
  const auto declare = [&](core::FieldTable with) {
    return QueueDeclare{.queue = "events", .durable = true, .arguments = std::move(with)};
  };
  client.call<QueueDeclareOk>(1, declare(arguments));
  const core::TopicPtr topic = broker.core().find_topic({"/", "events"});
  ASSERT_NE(topic, nullptr);
  EXPECT_EQ(topic->partitions.size(), 1U);
  EXPECT_EQ(topic->settings.retention_ms, 7LL * 24 * 3600 * 1000);
  EXPECT_EQ(topic->settings.retention_bytes, 1'000'000);
  client.call<QueueDeclareOk>(1, declare(arguments));
  EXPECT_TRUE(refusal(declare({{"x-queue-type", {std::string("stream")}},
                               {"x-max-age", {std::string("1D")}}}))
                  .starts_with("PRECONDITION_FAILED - inequivalent arg 'x-max-age'"));
  EXPECT_TRUE(refusal(declare({{"x-queue-type", {std::string("stream")}},
                               {"x-max-length", {std::int64_t{1}}}}))
                  .find("x-max-length") != std::string::npos);
  client.call<QueueDeleteOk>(1, QueueDelete{.queue = "events"});
  EXPECT_EQ(broker.core().find_topic({"/", "events"}), nullptr);
}

TEST_F(StreamTest, TellsHowManyRecordsThereAre) {
  for (int n = 0; n < 5; ++n) publish("k");
  settle();
  const auto ok = client.call<QueueDeclareOk>(1, QueueDeclare{.queue = "orders", .passive = true});
  EXPECT_EQ(ok.message_count, 5U);
}

}  // namespace
}  // namespace koine::amqp
