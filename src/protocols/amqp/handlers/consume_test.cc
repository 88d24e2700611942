// Consuming: deliveries, what becomes of them, credit, cancelling, getting.
#include <gtest/gtest.h>

#include <string>

#include "protocols/amqp/session_test_bench.h"

namespace koine::amqp {
namespace {

using Kind = core::Settlement::Kind;

struct ConsumeTest : testing::Test {
  TestBroker broker;
  TestClient client = broker.client();

  void publish(int count, const std::string& queue = "q") {
    FrameBuffer frames;
    for (int n = 1; n <= count; ++n) {
      TestClient::add_publish(frames, 1, {.routing_key = queue},
                              {.body = std::to_string(n), .properties = {}});
    }
    client.send_bytes(frames.view());
  }
  void consume(const std::string& tag = "c", bool no_ack = false) {
    client.call<BasicConsumeOk>(1,
                                BasicConsume{.queue = "q", .consumer_tag = tag, .no_ack = no_ack});
  }
  struct Delivered {
    std::uint64_t tag = 0;
    bool is_redelivered = false;
    TestMessage message;
  };
  Delivered next() {
    const auto deliver = client.expect<BasicDeliver>();
    return {deliver.delivery_tag, deliver.redelivered, client.expect_content()};
  }
  // Lets everything that is under way come to its end.
  void settle() { broker.run_for(std::chrono::milliseconds(100)); }
  bool has_nothing_more() { return !client.receive(std::chrono::seconds(1)).has_value(); }
};

TEST_F(ConsumeTest, DeliversWhatWasPublishedAsItWas) {
  client.declare("q");
  consume();
  TestMessage message{.body = "hello", .properties = {}};
  message.properties.content_type = "text/plain";
  message.properties.delivery_mode = 2;
  message.properties.headers = {{"n", core::FieldValue{std::int32_t{5}}}};
  client.publish(1, {.routing_key = "q"}, message);
  const auto deliver = client.expect<BasicDeliver>();
  EXPECT_EQ(deliver.consumer_tag, "c");
  EXPECT_EQ(deliver.delivery_tag, 1U);
  EXPECT_FALSE(deliver.redelivered);
  EXPECT_EQ(deliver.exchange, "");
  EXPECT_EQ(deliver.routing_key, "q");
  const TestMessage delivered = client.expect_content();
  EXPECT_EQ(delivered.body, "hello");
  EXPECT_EQ(delivered.properties, message.properties);
}

TEST_F(ConsumeTest, TellsCoreOfManyAcksAtOnce) {
  client.declare("q");
  consume();
  publish(10);
  for (int n = 0; n < 10; ++n) next();
  FrameBuffer acks;
  for (std::uint64_t tag = 1; tag <= 5; ++tag) encode_frame(acks, 1, BasicAck{.delivery_tag = tag});
  encode_frame(acks, 1, BasicAck{.delivery_tag = 9, .multiple = true});
  client.send_bytes(acks.view());
  settle();
  EXPECT_EQ(broker.core().settled(), std::vector<Kind>(9, Kind::ack));
  EXPECT_EQ(broker.core().settle_calls(), 1U);
  EXPECT_EQ(broker.core().leased("q"), 1U);
}

TEST_F(ConsumeTest, RefusesADeliveryTagThatIsNotOut) {
  client.declare("q");
  for (const auto& [tag, multiple] : {std::pair{1, false}, {2, false}, {2, true}, {0, false}}) {
    consume();
    publish(1);
    next();
    client.send(1, BasicAck{.delivery_tag = 1});
    client.send(1, BasicAck{.delivery_tag = static_cast<std::uint64_t>(tag), .multiple = multiple});
    const auto close = client.expect<ChannelClose>(1);
    EXPECT_EQ(close.reply_text,
              "PRECONDITION_FAILED - unknown delivery tag " + std::to_string(tag));
    EXPECT_EQ(close.class_id, 60);
    EXPECT_EQ(close.method_id, 80);
    client.send(1, ChannelCloseOk{});
    client.open_channel(1);
  }
  EXPECT_EQ(broker.core().ready("q"), 0U);
}

TEST_F(ConsumeTest, SaysHowADeliveryWasRefused) {
  client.declare("q");
  consume();
  publish(4);
  for (int n = 0; n < 4; ++n) next();
  client.send(1, BasicReject{.delivery_tag = 1, .requeue = false});
  client.send(1, BasicNack{.delivery_tag = 2, .requeue = false});
  client.send(1, BasicReject{.delivery_tag = 3, .requeue = true});
  EXPECT_EQ(next().tag, 5U);
  client.send(1, BasicNack{.delivery_tag = 0, .multiple = true, .requeue = true});
  const Delivered first = next();
  EXPECT_TRUE(first.is_redelivered);
  EXPECT_EQ(first.message.body, "3");
  const core::FieldTable headers = first.message.properties.headers.value();
  EXPECT_EQ(core::find_field(headers, "x-delivery-count")->as_integer(), 1);
  EXPECT_EQ(next().message.body, "4");
  EXPECT_EQ(broker.core().settled(),
            (std::vector{Kind::dead_letter, Kind::dead_letter, Kind::requeue_failed, Kind::requeue,
                         Kind::requeue}));
}

TEST_F(ConsumeTest, ReturnsWhatADeadConsumerHadInOrder) {
  client.declare("q");
  {
    TestClient dying = broker.client();
    dying.call<BasicConsumeOk>(1, BasicConsume{.queue = "q", .consumer_tag = "c"});
    publish(3);
    for (int n = 0; n < 3; ++n) {
      dying.expect<BasicDeliver>();
      dying.expect_content();
    }
    dying.close();
    settle();
  }
  EXPECT_EQ(broker.core().settled(), std::vector<Kind>(3, Kind::requeue_failed));
  consume();
  for (const std::string body : {"1", "2", "3"}) {
    const Delivered delivered = next();
    EXPECT_EQ(delivered.message.body, body);
    EXPECT_TRUE(delivered.is_redelivered);
  }
  client.call<ChannelCloseOk>(1, ChannelClose{.reply_code = 200});
  EXPECT_EQ(broker.core().settled().back(), Kind::requeue);
  EXPECT_EQ(broker.core().ready("q"), 3U);
  EXPECT_EQ(broker.core().consumers("q"), 0U);
}

TEST_F(ConsumeTest, WithAutomaticAckSettlesNothing) {
  client.declare("q");
  consume("c", true);
  publish(3);
  for (int n = 0; n < 3; ++n) next();
  client.send(1, BasicAck{.delivery_tag = 1});
  EXPECT_EQ(client.expect<ChannelClose>(1).reply_code, 406);
}

TEST_F(ConsumeTest, QosLimitsEachConsumerThatComesAfterIt) {
  client.declare("q");
  consume("unlimited");
  client.call<BasicQosOk>(1, BasicQos{.prefetch_count = 2});
  publish(5);
  for (int n = 0; n < 5; ++n) next();
  client.call<BasicCancelOk>(1, BasicCancel{.consumer_tag = "unlimited"});
  consume("limited");
  publish(5);
  next();
  EXPECT_EQ(next().tag, 7U);
  EXPECT_TRUE(has_nothing_more());
  client.send(1, BasicAck{.delivery_tag = 7, .multiple = true});
  next();
  next();
  EXPECT_TRUE(has_nothing_more());
}

TEST_F(ConsumeTest, GlobalQosLimitsTheChannelAtOnce) {
  client.declare("q");
  client.call<BasicQosOk>(1, BasicQos{.prefetch_count = 3, .global = true});
  consume("a");
  consume("b");
  publish(10);
  for (int n = 0; n < 3; ++n) next();
  EXPECT_TRUE(has_nothing_more());
  client.call<BasicQosOk>(1, BasicQos{.prefetch_count = 5, .global = true});
  next();
  EXPECT_EQ(next().tag, 5U);
  EXPECT_TRUE(has_nothing_more());
}

TEST_F(ConsumeTest, QosByBytesIsNotImplemented) {
  client.send(1, BasicQos{.prefetch_size = 1});
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_text, "NOT_IMPLEMENTED - prefetch_size!=0 (1)");
}

TEST_F(ConsumeTest, TagsAreMadeUpAndNotUsedTwice) {
  client.declare("q");
  const auto made_up = client.call<BasicConsumeOk>(1, BasicConsume{.queue = "q"});
  EXPECT_TRUE(made_up.consumer_tag.starts_with("amq.ctag-"));
  consume("c");
  client.send(1, BasicConsume{.queue = "q", .consumer_tag = "c"});
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_text,
            "NOT_ALLOWED - attempt to reuse consumer tag 'c'");
}

TEST_F(ConsumeTest, RefusesWhatCannotBeConsumed) {
  client.declare("q");
  client.call<BasicConsumeOk>(1,
                              BasicConsume{.queue = "q", .consumer_tag = "x", .exclusive = true});
  struct Case {
    BasicConsume consume;
    std::string text;
  };
  for (const auto& [method, text] :
       {Case{{.queue = "no"}, "NOT_FOUND - no queue 'no' in vhost '/'"},
        Case{{.queue = "q"}, "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use"},
        Case{{.queue = "q", .arguments = {{"x-priority", core::FieldValue{true}}}},
             "PRECONDITION_FAILED - invalid arg 'x-priority' for queue 'q' in vhost '/': expected "
             "integer, got bool"},
        Case{
            {.queue = "q", .arguments = {{"x-stream-offset", core::FieldValue{true}}}},
            "PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue 'q' in vhost '/': it is "
            "not supported"}}) {
    client.open_channel(2);
    client.send(2, method);
    EXPECT_EQ(client.expect<ChannelClose>(2).reply_text, text);
    client.send(2, ChannelCloseOk{});
  }
}

TEST_F(ConsumeTest, StopsWhenItIsCancelled) {
  client.declare("q");
  consume();
  publish(1);
  next();
  EXPECT_EQ(client.call<BasicCancelOk>(1, BasicCancel{.consumer_tag = "c"}).consumer_tag, "c");
  publish(1);
  EXPECT_TRUE(has_nothing_more());
  // What was delivered can still be settled.
  client.send(1, BasicAck{.delivery_tag = 1});
  settle();
  EXPECT_EQ(broker.core().leased("q"), 0U);
  client.call<BasicCancelOk>(1, BasicCancel{.consumer_tag = "never was"});
}

TEST_F(ConsumeTest, IsToldThatItsQueueIsGone) {
  client.declare("q");
  consume();
  TestClient old = broker.client({});
  old.call<BasicConsumeOk>(1, BasicConsume{.queue = "q", .consumer_tag = "old"});
  client.open_channel(2);
  client.send(2, QueueDelete{.queue = "q"});
  bool is_cancelled = false;
  for (int n = 0; n < 2; ++n) {
    const std::string text = client.next();
    is_cancelled |= text == R"(1 basic.cancel {consumer_tag="c",no_wait=true})";
  }
  EXPECT_TRUE(is_cancelled);
  EXPECT_FALSE(old.receive(std::chrono::seconds(1)).has_value());
}

TEST_F(ConsumeTest, IsToldThatItDidNotSettleInTime) {
  client.declare("q");
  consume();
  TestClient old = broker.client({});
  old.call<BasicConsumeOk>(1, BasicConsume{.queue = "q", .consumer_tag = "old"});
  broker.core().expire_lease("q");
  EXPECT_EQ(client.expect<BasicCancel>().consumer_tag, "c");
  EXPECT_EQ(old.expect<ChannelClose>().reply_text,
            "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out");
}

TEST_F(ConsumeTest, GetsOneMessageAtATime) {
  client.declare("q");
  client.call<BasicGetEmpty>(1, BasicGet{.queue = "q"});
  publish(2);
  const auto got = client.call<BasicGetOk>(1, BasicGet{.queue = "q"});
  EXPECT_EQ(got.delivery_tag, 1U);
  EXPECT_EQ(got.message_count, 1U);
  EXPECT_EQ(client.expect_content().body, "1");
  client.call<BasicRecoverOk>(1, BasicRecover{.requeue = true});
  const auto again = client.call<BasicGetOk>(1, BasicGet{.queue = "q", .no_ack = true});
  EXPECT_TRUE(again.redelivered);
  EXPECT_EQ(client.expect_content().body, "1");
  client.send(1, BasicRecover{.requeue = false});
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_text, "NOT_IMPLEMENTED - requeue=false");
}

TEST_F(ConsumeTest, ASlowReaderHoldsAFewMessagesOnly) {
  client.declare("q");
  TestClient slow = broker.connect({.buffer_bytes_max = 16 * KiB});
  slow.open();
  slow.open_channel();
  slow.call<BasicConsumeOk>(1, BasicConsume{.queue = "q", .consumer_tag = "s"});
  const std::string body(10'000, 'x');
  for (int n = 0; n < 100; ++n) {
    client.publish(1, {.routing_key = "q"}, {.body = body, .properties = {}});
  }
  settle();
  EXPECT_LE(broker.core().leased("q"), 16U);
  for (int n = 0; n < 100; ++n) {
    slow.expect<BasicDeliver>();
    EXPECT_EQ(slow.expect_content().body, body);
  }
}

TEST_F(ConsumeTest, ManyUnsettledDeliveriesInAnyOrder) {
  client.declare("q");
  consume();
  publish(1000);
  for (int n = 0; n < 1000; ++n) next();
  // The first stays; the others go one by one, backwards.
  FrameBuffer acks;
  for (std::uint64_t tag = 1000; tag > 1; --tag) {
    encode_frame(acks, 1, BasicAck{.delivery_tag = tag});
  }
  client.send_bytes(acks.view());
  settle();
  EXPECT_EQ(broker.core().leased("q"), 1U);
  client.send(1, BasicAck{.delivery_tag = 1, .multiple = true});
  settle();
  EXPECT_EQ(broker.core().leased("q"), 0U);
}

}  // namespace
}  // namespace koine::amqp
