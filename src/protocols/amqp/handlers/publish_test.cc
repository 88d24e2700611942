// Publishing: routing, returns, confirms, transactions, direct replies, and what happens when the disk is slow or full.
#include <gtest/gtest.h>

#include <string>

#include "protocols/amqp/publisher.h"
#include "protocols/amqp/read_pace.h"
#include "protocols/amqp/session_test_bench.h"

namespace koine::amqp {
namespace {

using namespace std::string_literals;

struct PublishTest : testing::Test {
  TestBroker broker;
  TestClient client = broker.client();

  void settle() { broker.run_for(std::chrono::milliseconds(100)); }
  void publish(const std::string& key, const std::string& body = "x",
               core::Properties properties = {}, bool is_mandatory = false) {
    client.publish(1, {.routing_key = key, .mandatory = is_mandatory},
                   {.body = body, .properties = std::move(properties)});
  }
  // How the channel ends for this message.
  std::string refusal(const BasicPublish& method, const TestMessage& message) {
    client.publish(1, method, message);
    const auto close = client.expect<ChannelClose>(1);
    EXPECT_EQ(close.class_id, 60);
    EXPECT_EQ(close.method_id, 40);
    client.send(1, ChannelCloseOk{});
    client.open_channel(1);
    return close.reply_text;
  }
  void confirm() { client.call<ConfirmSelectOk>(1, ConfirmSelect{}); }
  // With confirms, the queue "q", and room in the socket for more than a turn takes.
  TestClient connect_confirmed() {
    TestClient large = broker.connect({.buffer_bytes_max = 1 * MiB});
    large.open();
    large.open_channel();
    large.declare("q");
    large.call<ConfirmSelectOk>(1, ConfirmSelect{});
    return large;
  }
};

core::FieldValue keys(std::initializer_list<std::string> names) {
  core::FieldArray array;
  for (const std::string& name : names) array.push_back(core::FieldValue{name});
  return core::FieldValue{std::move(array)};
}

TEST_F(PublishTest, ManyMessagesOfOneReadAreOneBatch) {
  client.declare("q");
  FrameBuffer frames;
  for (int n = 0; n < 500; ++n) {
    TestClient::add_publish(frames, 1, {.routing_key = "q"},
                            {.body = "0123456789abcdef", .properties = {}});
  }
  client.send_bytes(frames.view());
  settle();
  EXPECT_EQ(broker.core().ready("q"), 500U);
  EXPECT_LE(broker.core().publish_calls(), 2U);
}

TEST_F(PublishTest, ToAnExchangeThatIsNotThereEndsTheChannel) {
  EXPECT_EQ(refusal({.exchange = "no", .routing_key = "k"}, {}),
            "NOT_FOUND - no exchange 'no' in vhost '/'");
}

TEST_F(PublishTest, ToAnInternalExchangeIsRefused) {
  client.call<ExchangeDeclareOk>(
      1, ExchangeDeclare{.exchange = "inside", .type = "fanout", .internal = true});
  EXPECT_EQ(refusal({.exchange = "inside"}, {}),
            "ACCESS_REFUSED - cannot publish to internal exchange 'inside' in vhost '/'");
}

TEST_F(PublishTest, ChecksWhatTheMessageSaysOfItself) {
  client.declare("q");
  TestMessage message;
  message.properties.user_id = "mallory";
  EXPECT_EQ(refusal({.routing_key = "q"}, message),
            "PRECONDITION_FAILED - user_id property set to 'mallory' but authenticated user was "
            "'guest'");
  for (const char* expiration : {"soon", "-1", "1.5", "99999999999", ""}) {
    message.properties = {};
    message.properties.expiration = expiration;
    EXPECT_TRUE(refusal({.routing_key = "q"}, message)
                    .starts_with("PRECONDITION_FAILED - invalid expiration '"s + expiration + "'"));
  }
  message.properties = {};
  message.properties.user_id = "guest";
  message.properties.expiration = "60000";
  message.properties.priority = 7;
  message.properties.delivery_mode = 2;
  client.publish(1, {.routing_key = "q"}, message);
  client.call<BasicGetOk>(1, BasicGet{.queue = "q", .no_ack = true});
  EXPECT_EQ(client.expect_content().properties, message.properties);
}

TEST_F(PublishTest, ThatIsImmediateIsNotImplemented) {
  client.publish(1, {.routing_key = "q", .immediate = true}, {});
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_text, "NOT_IMPLEMENTED - immediate=true");
}

TEST_F(PublishTest, OfAMessageThatIsTooLargeIsRefusedBeforeItArrives) {
  FrameBuffer frames;
  encode_frame(frames, 1, BasicPublish{.routing_key = "q"});
  const std::string header =
      "\x02\x00\x01\x00\x00\x00\x0E\x00\x3C\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\xCE"s;
  frames.append(as_bytes(header));
  client.send_bytes(frames.view());
  EXPECT_EQ(client.expect<ChannelClose>().reply_text,
            "PRECONDITION_FAILED - message size 33554432 is larger than configured max size "
            "16777216");
}

TEST_F(PublishTest, ReturnsWhatGoesNowhereIfItIsMandatory) {
  publish("nowhere");
  publish("nowhere", "back", {}, true);
  const auto returned = client.expect<BasicReturn>();
  EXPECT_EQ(returned.reply_code, 312);
  EXPECT_EQ(returned.reply_text, "NO_ROUTE");
  EXPECT_EQ(returned.routing_key, "nowhere");
  EXPECT_EQ(client.expect_content().body, "back");
}

TEST_F(PublishTest, IsConfirmedAfterItsReturn) {
  confirm();
  publish("nowhere", "back", {}, true);
  client.expect<BasicReturn>();
  client.expect_content();
  const auto ack = client.expect<BasicAck>();
  EXPECT_EQ(ack.delivery_tag, 1U);
  EXPECT_FALSE(ack.multiple);
}

TEST_F(PublishTest, IsConfirmedWhenItIsDurableManyAtOnce) {
  client.declare("q");
  confirm();
  broker.core().hold_publishing();
  FrameBuffer frames;
  for (int n = 0; n < 100; ++n) TestClient::add_publish(frames, 1, {.routing_key = "q"}, {});
  client.send_bytes(frames.view());
  EXPECT_FALSE(client.receive(std::chrono::milliseconds(500)).has_value());
  broker.core().go_on();
  const auto ack = client.expect<BasicAck>();
  EXPECT_EQ(ack.delivery_tag, 100U);
  EXPECT_TRUE(ack.multiple);
  EXPECT_EQ(broker.statistics().messages_confirmed, 100U);
}

TEST_F(PublishTest, ConfirmsWhatGoesNowhereBeforeWhatIsUnderWay) {
  client.declare("q");
  confirm();
  broker.core().hold_publishing();
  FrameBuffer frames;
  for (const char* key : {"q", "nowhere", "q"}) {
    TestClient::add_publish(frames, 1, {.routing_key = key}, {});
  }
  client.send_bytes(frames.view());
  EXPECT_EQ(client.next(), "1 basic.ack {delivery_tag=2,multiple=false}");
  broker.core().go_on();
  EXPECT_EQ(client.next(), "1 basic.ack {delivery_tag=3,multiple=true}");
}

TEST_F(PublishTest, IsRefusedWhenAQueueHasNoRoom) {
  client.declare("q", {{"x-max-length", core::FieldValue{std::int32_t{2}}},
                       {"x-overflow", core::FieldValue{"reject-publish"s}}});
  confirm();
  FrameBuffer frames;
  for (int n = 0; n < 4; ++n) TestClient::add_publish(frames, 1, {.routing_key = "q"}, {});
  client.send_bytes(frames.view());
  EXPECT_EQ(client.next(), "1 basic.ack {delivery_tag=2,multiple=true}");
  EXPECT_EQ(client.next(), "1 basic.nack {delivery_tag=3,multiple=false,requeue=false}");
  EXPECT_EQ(client.next(), "1 basic.nack {delivery_tag=4,multiple=false,requeue=false}");
}

TEST_F(PublishTest, ThatFailsIsRefusedOrEndsTheChannel) {
  client.declare("q");
  broker.core().fail_publishing(Error(ErrorCode::io_error, "the disk failed"));
  publish("q");
  EXPECT_EQ(client.expect<ChannelClose>().reply_text, "INTERNAL_ERROR - the disk failed");
  client.send(1, ChannelCloseOk{});
  client.open_channel(1);
  confirm();
  publish("q");
  EXPECT_EQ(client.next(), "1 basic.nack {delivery_tag=1,multiple=false,requeue=false}");
}

TEST_F(PublishTest, IsNotReadWhileTheDiskDoesNotKeepUp) {
  client.declare("q");
  confirm();
  broker.core().hold_publishing();
  const std::string body(100'000, 'b');
  std::size_t sent = 0;
  FrameBuffer frame;
  TestClient::add_publish(frame, 1, {.routing_key = "q"}, {.body = body, .properties = {}});
  // Until nothing more is taken.
  ByteView rest = frame.view();
  for (;;) {
    const auto moved = client.stream().try_write(std::span(&rest, 1));
    ASSERT_TRUE(moved.has_value());
    sent += moved->bytes;
    rest = rest.subspan(moved->bytes);
    if (rest.empty()) rest = frame.view();
    if (moved->bytes > 0) continue;
    const MonotonicTime before = broker.world().now();
    broker.run_for(std::chrono::milliseconds(10));
    ASSERT_GT(broker.world().now(), before);
    const auto again = client.stream().try_write(std::span(&rest, 1));
    ASSERT_TRUE(again.has_value());
    if (again->bytes == 0) break;
    sent += again->bytes;
    rest = rest.subspan(again->bytes);
    if (rest.empty()) rest = frame.view();
  }
  EXPECT_GT(sent, in_flight_bytes_max);
  EXPECT_LT(sent, in_flight_bytes_max + MiB);
  EXPECT_EQ(client.expect<ConnectionBlocked>(0).reason, "the disk does not keep up");
  broker.core().go_on();
  client.send_bytes(rest);
  std::vector<std::string> texts;
  while (const auto received = client.receive(std::chrono::seconds(1))) {
    texts.push_back(received->text);
  }
  EXPECT_NE(std::ranges::find(texts, "0 connection.unblocked {}"), texts.end());
  EXPECT_EQ(broker.core().ready("q"), (sent + frame.size() - 1) / frame.size());
}

TEST_F(PublishTest, IsBlockedWhileTheDiskIsFull) {
  client.declare("q");
  confirm();
  broker.core().fail_publishing(Error(ErrorCode::no_space, "the disk is full"));
  broker.core().set_disk_space(false);
  publish("q");
  EXPECT_EQ(client.next(), "1 basic.nack {delivery_tag=1,multiple=false,requeue=false}");
  publish("q");
  EXPECT_EQ(client.expect<ConnectionBlocked>(0).reason, "the disk is full");
  broker.run_for(std::chrono::seconds(10));
  EXPECT_EQ(broker.core().publish_calls(), 1U);
  broker.core().fail_publishing(std::nullopt);
  broker.core().set_disk_space(true);
  EXPECT_EQ(client.next(), "0 connection.unblocked {}");
  EXPECT_EQ(client.next(), "1 basic.ack {delivery_tag=2,multiple=false}");
  EXPECT_EQ(broker.statistics().times_blocked, 1U);
}

TEST_F(PublishTest, CopiesAsItsHeadersSay) {
  for (const char* queue : {"a", "b", "c"}) client.declare(queue);
  core::Properties properties;
  properties.headers = {{"CC", keys({"b"})}, {"BCC", keys({"c", "a"})}};
  publish("a", "copied", properties);
  for (const char* queue : {"a", "b", "c"}) {
    client.call<BasicGetOk>(1, BasicGet{.queue = queue, .no_ack = true});
    const core::FieldTable headers = client.expect_content().properties.headers.value();
    EXPECT_NE(core::find_field(headers, "CC"), nullptr);
    EXPECT_EQ(core::find_field(headers, "BCC"), nullptr);
  }
  EXPECT_EQ(broker.core().ready("a"), 0U);
  TestMessage wrong;
  wrong.properties.headers = {{"CC", core::FieldValue{"b"s}}};
  EXPECT_EQ(refusal({.routing_key = "a"}, wrong),
            "PRECONDITION_FAILED - invalid header 'CC': found longstr, expected array");
}

TEST_F(PublishTest, RepliesGoStraightToTheRequester) {
  client.declare("work");
  client.call<BasicConsumeOk>(
      1, BasicConsume{.queue = "amq.rabbitmq.reply-to", .consumer_tag = "r", .no_ack = true});
  core::Properties request;
  request.reply_to = "amq.rabbitmq.reply-to";
  request.correlation_id = "7";
  publish("work", "question", request);

  TestClient worker = broker.client();
  worker.call<BasicGetOk>(1, BasicGet{.queue = "work", .no_ack = true});
  const TestMessage question = worker.expect_content();
  const std::string address = question.properties.reply_to.value();
  EXPECT_TRUE(address.starts_with("amq.rabbitmq.reply-to.0."));
  worker.call<QueueDeclareOk>(1, QueueDeclare{.queue = address, .passive = true});
  worker.publish(1, {.routing_key = address}, {.body = "answer", .properties = {}});

  const auto deliver = client.expect<BasicDeliver>();
  EXPECT_EQ(deliver.consumer_tag, "r");
  EXPECT_EQ(client.expect_content().body, "answer");

  client.call<BasicCancelOk>(1, BasicCancel{.consumer_tag = "r"});
  worker.publish(1, {.routing_key = address, .mandatory = true},
                 {.body = "late", .properties = {}});
  EXPECT_EQ(worker.expect<BasicReturn>().reply_code, 312);
}

TEST_F(PublishTest, RepliesNeedAConsumerThatAcksNothing) {
  TestMessage request;
  request.properties.reply_to = "amq.rabbitmq.reply-to";
  EXPECT_EQ(refusal({.routing_key = "q"}, request),
            "PRECONDITION_FAILED - fast reply consumer does not exist");
  client.send(1, BasicConsume{.queue = "amq.rabbitmq.reply-to"});
  EXPECT_EQ(client.expect<ChannelClose>().reply_text,
            "PRECONDITION_FAILED - reply consumer cannot acknowledge");
}

TEST_F(PublishTest, InATransactionTakesEffectWithItsCommit) {
  client.declare("in");
  client.declare("out");
  publish("in", "work");
  client.call<TxSelectOk>(1, TxSelect{});
  client.call<BasicGetOk>(1, BasicGet{.queue = "in"});
  client.expect_content();
  client.send(1, BasicAck{.delivery_tag = 1});
  publish("out", "done");
  publish("nowhere", "back", {}, true);
  settle();
  EXPECT_EQ(broker.core().ready("out"), 0U);
  EXPECT_EQ(broker.core().leased("in"), 1U);
  client.send(1, TxCommit{});
  client.expect<BasicReturn>();
  client.expect_content();
  client.expect<TxCommitOk>();
  EXPECT_EQ(broker.core().ready("out"), 1U);
  EXPECT_EQ(broker.core().leased("in"), 0U);
}

TEST_F(PublishTest, InATransactionIsForgottenWithItsRollback) {
  client.declare("in");
  client.declare("out");
  publish("in", "work");
  client.call<TxSelectOk>(1, TxSelect{});
  client.call<BasicGetOk>(1, BasicGet{.queue = "in"});
  client.expect_content();
  client.send(1, BasicAck{.delivery_tag = 1});
  publish("out", "done");
  client.call<TxRollbackOk>(1, TxRollback{});
  client.call<TxCommitOk>(1, TxCommit{});
  EXPECT_EQ(broker.core().ready("out"), 0U);
  // It can be settled again.
  client.send(1, BasicAck{.delivery_tag = 1});
  client.call<TxCommitOk>(1, TxCommit{});
  EXPECT_EQ(broker.core().leased("in"), 0U);
  EXPECT_EQ(broker.core().ready("in"), 0U);
}

TEST_F(PublishTest, ATransactionThatIsNotCommittedSettlesNothing) {
  client.declare("in");
  publish("in", "work");
  client.call<TxSelectOk>(1, TxSelect{});
  client.call<BasicGetOk>(1, BasicGet{.queue = "in"});
  client.expect_content();
  client.send(1, BasicAck{.delivery_tag = 1});
  client.call<ChannelCloseOk>(1, ChannelClose{.reply_code = 200});
  EXPECT_EQ(broker.core().ready("in"), 1U);
}

TEST_F(PublishTest, AFailedCommitEndsTheChannelAndReturnsWhatItHad) {
  client.declare("in");
  publish("in", "work");
  client.call<TxSelectOk>(1, TxSelect{});
  client.call<BasicGetOk>(1, BasicGet{.queue = "in"});
  client.expect_content();
  client.send(1, BasicAck{.delivery_tag = 1});
  settle();
  broker.core().fail_publishing(Error(ErrorCode::io_error, "the disk failed"));
  client.send(1, TxCommit{});
  EXPECT_EQ(client.expect<ChannelClose>().reply_text, "INTERNAL_ERROR - the disk failed");
  settle();
  EXPECT_EQ(broker.core().ready("in"), 1U);
}

// What one read leaves over lies in memory that all connections of a shard read into.
TEST_F(PublishTest, KeepsAPartOfAMessageWhileItsConnectionIsNotRead) {
  client.declare("q");
  confirm();
  broker.core().fail_publishing(Error(ErrorCode::no_space, "the disk is full"));
  broker.core().set_disk_space(false);
  publish("q");
  EXPECT_EQ(client.next(), "1 basic.nack {delivery_tag=1,multiple=false,requeue=false}");
  FrameBuffer frames;
  const std::string body(1000, 'b');
  TestClient::add_publish(frames, 1, {.routing_key = "q"}, {.body = body, .properties = {}});
  client.send_bytes(frames.view().first(frames.size() - 1));
  settle();
  TestClient other = broker.client();
  broker.core().fail_publishing(std::nullopt);
  broker.core().set_disk_space(true);
  client.send_bytes(frames.view().last(1));
  EXPECT_EQ(client.expect<ConnectionBlocked>(0).reason, "the disk is full");
  EXPECT_EQ(client.next(), "0 connection.unblocked {}");
  EXPECT_EQ(client.next(), "1 basic.ack {delivery_tag=2,multiple=false}");
  other.call<BasicGetOk>(1, BasicGet{.queue = "q", .no_ack = true});
  EXPECT_EQ(other.expect_content().body, body);
}

TEST_F(PublishTest, WithoutAPauseIsReadFromInGroups) {
  client.declare("q");
  for (int n = 0; n < 500; ++n) {
    publish("q");
    broker.run_for(std::chrono::microseconds(10));
  }
  settle();
  EXPECT_EQ(broker.core().ready("q"), 500U);
  EXPECT_LE(broker.core().publish_calls(), 10U);
}

TEST_F(PublishTest, WithPausesIsReadFromAtOnce) {
  client.declare("q");
  for (std::size_t n = 1; n <= 10; ++n) {
    publish("q");
    broker.run_for(std::chrono::microseconds(10));
    EXPECT_EQ(broker.core().publish_calls(), n);
    settle();
  }
}

TEST_F(PublishTest, WithConfirmsIsReadFromAtOnce) {
  client.declare("q");
  confirm();
  for (std::size_t n = 1; n <= 10; ++n) {
    publish("q");
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, n);
    EXPECT_EQ(broker.core().publish_calls(), n);
  }
}

TEST_F(PublishTest, WithConfirmsIsReadFromAgainWhenAllIsDurable) {
  client.declare("q");
  confirm();
  for (const bool is_first : {true, false}) {
    publish("q");
    broker.run_for(std::chrono::microseconds(10));
    if (is_first) broker.core().hold_publishing();
  }
  const std::size_t calls = broker.core().publish_calls();
  for (int n = 0; n < 10; ++n) publish("q");
  broker.run_for(std::chrono::microseconds(100));
  EXPECT_EQ(broker.core().publish_calls(), calls);
  broker.core().go_on();
  broker.run_for(std::chrono::microseconds(100));
  EXPECT_EQ(broker.core().publish_calls(), calls + 1);
  EXPECT_EQ(broker.core().ready("q"), 12U);
}

// Many reads of the socket are one batch.
TEST_F(PublishTest, WhatArrivesDuringACommitIsPublishedTogether) {
  TestClient large = connect_confirmed();
  large.publish(1, {.routing_key = "q"}, {.body = "x", .properties = {}});
  EXPECT_EQ(large.expect<BasicAck>().delivery_tag, 1U);
  broker.core().hold_publishing();
  large.publish(1, {.routing_key = "q"}, {.body = "x", .properties = {}});
  broker.run_for(std::chrono::microseconds(10));
  const std::size_t calls = broker.core().publish_calls();
  constexpr std::size_t messages = 300;
  static_assert(messages * KiB > 4 * scratch_size && messages * KiB < turn_bytes_max);
  FrameBuffer frames;
  const std::string body(KiB, 'x');
  for (std::size_t n = 0; n < messages; ++n) {
    TestClient::add_publish(frames, 1, {.routing_key = "q"}, {.body = body, .properties = {}});
  }
  large.send_bytes(frames.view());
  broker.run_for(std::chrono::microseconds(100));
  broker.core().go_on();
  settle();
  EXPECT_EQ(broker.core().ready("q"), messages + 2);
  EXPECT_EQ(broker.core().publish_calls(), calls + 1);
}

// It sends a packet for each message, and goes on without hearing from us.
TEST_F(PublishTest, WithManyUnconfirmedIsLeftAloneForAMoment) {
  TestClient large = connect_confirmed();
  large.publish(1, {.routing_key = "q"}, {.body = "x", .properties = {}});
  EXPECT_EQ(large.expect<BasicAck>().delivery_tag, 1U);
  const auto send = [&](std::size_t bytes) {
    const std::string body(KiB, 'x');
    FrameBuffer frames;
    while (frames.size() < bytes) {
      TestClient::add_publish(frames, 1, {.routing_key = "q"}, {.body = body, .properties = {}});
    }
    large.send_bytes(frames.view());
    broker.run_for(std::chrono::microseconds(10));
  };
  send(deep_window + KiB);
  settle();
  send(KiB);
  send(KiB);
  broker.core().hold_publishing();
  send(KiB);
  const std::size_t calls = broker.core().publish_calls();
  send(2 * little_unread);
  broker.core().go_on();
  broker.run_for(gathering_time / 2);
  EXPECT_EQ(broker.core().publish_calls(), calls);
  broker.run_for(gathering_time);
  EXPECT_EQ(broker.core().publish_calls(), calls + 1);
}

// There is more in the socket than was read: it does not wait for the commit.
TEST_F(PublishTest, LargeMessagesAreReadDuringACommit) {
  TestClient large = connect_confirmed();
  broker.core().hold_publishing();
  const std::size_t calls = broker.core().publish_calls();
  FrameBuffer frames;
  const std::string body(100 * KiB, 'x');
  for (int n = 0; n < 2; ++n) {
    TestClient::add_publish(frames, 1, {.routing_key = "q"}, {.body = body, .properties = {}});
  }
  large.send_bytes(frames.view());
  broker.run_for(std::chrono::microseconds(100));
  EXPECT_EQ(broker.core().publish_calls(), calls + 2);
}

TEST_F(PublishTest, ByAConsumerIsReadFromAtOnce) {
  client.declare("q");
  client.call<BasicConsumeOk>(
      1, BasicConsume{.queue = "q", .consumer_tag = "c", .no_ack = true, .arguments = {}});
  for (std::size_t n = 1; n <= 10; ++n) {
    publish("q");
    broker.run_for(std::chrono::microseconds(10));
    EXPECT_EQ(broker.core().publish_calls(), n);
  }
}

TEST_F(PublishTest, AChannelHasOneModeOnly) {
  client.send(1, TxCommit{});
  EXPECT_EQ(client.expect<ChannelClose>().reply_text,
            "PRECONDITION_FAILED - channel is not transactional");
  client.send(1, ChannelCloseOk{});
  client.open_channel(1);
  confirm();
  client.send(1, TxSelect{});
  EXPECT_EQ(client.expect<ChannelClose>().reply_text,
            "PRECONDITION_FAILED - cannot switch from confirm to tx mode");
  client.send(1, ChannelCloseOk{});
  client.open_channel(1);
  client.call<TxSelectOk>(1, TxSelect{});
  client.send(1, ConfirmSelect{});
  EXPECT_EQ(client.expect<ChannelClose>().reply_text,
            "PRECONDITION_FAILED - cannot switch from tx to confirm mode");
}

}  // namespace
}  // namespace koine::amqp
