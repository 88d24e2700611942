// Queues and exchanges: declared, compared, bound, deleted; with RabbitMQ's codes and sentences.
#include <gtest/gtest.h>

#include <string>

#include "protocols/amqp/session_test_bench.h"

namespace koine::amqp {
namespace {

using namespace std::string_literals;

core::FieldTable argument(const std::string& name, core::FieldValue::Variant value) {
  return {{name, core::FieldValue{std::move(value)}}};
}

struct QueueTest : testing::Test {
  TestBroker broker;
  TestClient client = broker.client();

  template <typename Method>
  std::string refusal(const Method& method) {
    client.send(1, method);
    const auto close = client.expect<ChannelClose>(1);
    client.send(1, ChannelCloseOk{});
    client.open_channel(1);
    return close.reply_text;
  }
  void publish(const std::string& queue, const std::string& body) {
    client.publish(1, {.routing_key = queue}, {.body = body, .properties = {}});
  }
};

TEST_F(QueueTest, IsDeclaredOnceAndFoundPassively) {
  const auto declared = client.declare("email");
  EXPECT_EQ(declared.queue, "email");
  publish("email", "hello");
  client.declare("email");
  const auto found =
      client.call<QueueDeclareOk>(1, QueueDeclare{.queue = "email", .passive = true});
  EXPECT_EQ(found.message_count, 1U);
  EXPECT_EQ(found.consumer_count, 0U);
  EXPECT_EQ(refusal(QueueDeclare{.queue = "no", .passive = true}),
            "NOT_FOUND - no queue 'no' in vhost '/'");
}

TEST_F(QueueTest, WithoutANameGetsOneAndIsMeantByAnEmptyNameAfterwards) {
  const auto declared = client.call<QueueDeclareOk>(1, QueueDeclare{.exclusive = true});
  EXPECT_TRUE(declared.queue.starts_with("amq.gen-"));
  EXPECT_EQ(declared.queue.size(), 30U);
  client.call<QueueBindOk>(1, QueueBind{.exchange = "amq.direct"});
  client.publish(1, {.exchange = "amq.direct", .routing_key = declared.queue},
                 {.body = "x", .properties = {}});
  EXPECT_EQ(client.call<QueuePurgeOk>(1, QueuePurge{}).message_count, 1U);
  client.open_channel(2);
  client.send(2, QueuePurge{});
  EXPECT_EQ(client.expect<ChannelClose>(2).reply_text, "NOT_FOUND - no previously declared queue");
}

TEST_F(QueueTest, NoWaitIsNotAnswered) {
  client.send(1, QueueDeclare{.queue = "q", .no_wait = true});
  client.send(1, QueueBind{.queue = "q", .exchange = "amq.direct", .no_wait = true});
  client.send(1, ExchangeDeclare{.exchange = "x", .type = "fanout", .no_wait = true});
  EXPECT_EQ(client.call<QueueDeclareOk>(1, QueueDeclare{.queue = "q", .passive = true}).queue, "q");
}

TEST_F(QueueTest, ThatDiffersFromWhatIsThereIsRefusedWithTheDifference) {
  client.declare("q", argument("x-message-ttl", std::int32_t{10}));
  const auto with = [](core::FieldTable arguments) {
    return QueueDeclare{.queue = "q", .durable = true, .arguments = std::move(arguments)};
  };
  EXPECT_EQ(refusal(with(argument("x-message-ttl", std::int32_t{5}))),
            "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': "
            "received '5' but current is '10'");
  EXPECT_EQ(refusal(with({})),
            "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': "
            "received none but current is the value '10' of type 'signedint'");
  EXPECT_EQ(refusal(QueueDeclare{.queue = "q"}),
            "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': "
            "received 'false' but current is 'true'");
  client.declare("plain");
  EXPECT_EQ(refusal(QueueDeclare{.queue = "plain",
                                 .durable = true,
                                 .arguments = argument("x-overflow", "reject-publish"s)}),
            "PRECONDITION_FAILED - inequivalent arg 'x-overflow' for queue 'plain' in vhost '/': "
            "received the value 'reject-publish' of type 'longstr' but current is none");
  EXPECT_EQ(refusal(QueueDeclare{.queue = "plain", .durable = true, .auto_delete = true}),
            "PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue 'plain' in vhost '/': "
            "received 'true' but current is 'false'");
}

TEST_F(QueueTest, IsTheSameWithNumbersOfAnotherSizeAndAnotherQueueType) {
  client.declare("q", argument("x-message-ttl", std::int32_t{10}));
  client.declare("q", argument("x-message-ttl", std::int64_t{10}));
  client.declare("t", argument("x-queue-type", "classic"s));
  client.declare("t", argument("x-queue-type", "quorum"s));
  client.declare("t");
}

TEST_F(QueueTest, ArgumentsAreEnforcedOrRefusedByName) {
  struct Case {
    std::string name;
    core::FieldValue::Variant value;
    std::string complaint;
  };
  const std::vector<Case> cases{
      {"x-message-ttl", std::int32_t{-1}, "expected at least 0, got -1"},
      {"x-message-ttl", "5"s, "expected integer, got longstr"},
      {"x-expires", std::int32_t{0}, "expected at least 1, got 0"},
      {"x-max-priority", std::int32_t{256}, "expected 0 to 255, got 256"},
      {"x-overflow", "drop-tail"s,
       "'drop-tail' is none of drop-head, reject-publish, "
       "reject-publish-dlx"},
      {"x-single-active-consumer", "yes"s, "expected bool, got longstr"},
      {"x-dead-letter-routing-key", true, "expected longstr, got bool"},
      {"x-dead-letter-routing-key", "k"s, "there is no x-dead-letter-exchange"},
      {"x-queue-type", "lazy"s, "'lazy' is not supported"},
      {"x-queue-mode", "eager"s, "'eager' is not supported"},
      {"x-message-deduplication", "yes"s, "expected bool, got longstr"},
      {"x-message-deduplication", true,
       "there is no x-cache-ttl, for how many milliseconds a message is remembered"},
      {"x-cache-ttl", std::int32_t{0}, "expected at least 1, got 0"},
      {"x-cache-ttl", std::int32_t{5}, "x-message-deduplication is not true"},
      {"x-cache-size", std::int32_t{5}, "x-message-deduplication is not true"},
      {"x-quorum-initial-group-size", std::int32_t{3}, "expected 1 to 1, got 3"},
      {"x-ha-policy", "all"s, "it is not supported"}};
  for (const Case& c : cases) {
    EXPECT_EQ(refusal(QueueDeclare{.queue = "q", .arguments = argument(c.name, c.value)}),
              "PRECONDITION_FAILED - invalid arg '" + c.name +
                  "' for queue 'q' in vhost '/': " + c.complaint);
  }
  EXPECT_EQ(
      refusal(QueueDeclare{.queue = "q", .arguments = argument("x-dead-letter-exchange", true)}),
      "PRECONDITION_FAILED - invalid type 'bool' for arg 'x-dead-letter-exchange' in queue 'q' "
      "in vhost '/'");
  EXPECT_EQ(broker.core().queue_count(), 0U);
}

TEST_F(QueueTest, SettingsComeFromItsArguments) {
  client.declare("q", {{"x-message-ttl", core::FieldValue{std::int32_t{1}}},
                       {"x-expires", core::FieldValue{std::int64_t{2}}},
                       {"x-max-length", core::FieldValue{std::int16_t{3}}},
                       {"x-max-length-bytes", core::FieldValue{std::uint8_t{4}}},
                       {"x-overflow", core::FieldValue{"reject-publish-dlx"s}},
                       {"x-dead-letter-exchange", core::FieldValue{"dead"s}},
                       {"x-dead-letter-routing-key", core::FieldValue{"letter"s}},
                       {"x-max-priority", core::FieldValue{std::int32_t{9}}},
                       {"x-single-active-consumer", core::FieldValue{true}},
                       {"x-delivery-limit", core::FieldValue{std::int32_t{6}}},
                       {"x-consumer-timeout", core::FieldValue{std::int32_t{7}}},
                       {"x-message-deduplication", core::FieldValue{true}},
                       {"x-cache-ttl", core::FieldValue{std::int32_t{8}}},
                       {"x-cache-size", core::FieldValue{std::int32_t{9}}}});
  const core::QueueSettings expected{.message_ttl_ms = 1,
                                     .expires_ms = 2,
                                     .length_max = 3,
                                     .length_bytes_max = 4,
                                     .overflow = core::Overflow::reject_publish_dead_letter,
                                     .dead_letter_exchange = "dead",
                                     .dead_letter_routing_key = "letter",
                                     .priority_max = 9,
                                     .is_single_active_consumer = true,
                                     .delivery_limit = 6,
                                     .consumer_timeout_ms = 7,
                                     .deduplication_window_ms = 8,
                                     .deduplication_keys_max = 9};
  EXPECT_EQ(broker.core().find_queue({"/", "q"})->spec.settings, expected);
}

TEST_F(QueueTest, ThatIsExclusiveIsLockedForOthersAndGoneWithItsConnection) {
  client.call<QueueDeclareOk>(1, QueueDeclare{.queue = "mine", .exclusive = true});
  const std::string locked =
      "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'mine' in vhost '/'. It "
      "could be originally declared on another connection or the exclusive property value does not "
      "match that of the original declaration.";
  EXPECT_EQ(refusal(QueueDeclare{.queue = "mine"}), locked);
  {
    TestClient other = broker.client();
    for (int n = 0; n < 4; ++n) {
      if (n == 0) other.send(1, QueueDeclare{.queue = "mine", .exclusive = true});
      if (n == 1) other.send(1, QueueDeclare{.queue = "mine", .passive = true});
      if (n == 2) other.send(1, BasicConsume{.queue = "mine"});
      if (n == 3) other.send(1, QueueDelete{.queue = "mine"});
      EXPECT_EQ(other.expect<ChannelClose>(1).reply_text, locked);
      other.send(1, ChannelCloseOk{});
      other.open_channel(1);
    }
  }
  client.send(0, ConnectionClose{.reply_code = 200});
  client.expect<ConnectionCloseOk>(0);
  EXPECT_EQ(broker.core().queue_count(), 0U);
}

TEST_F(QueueTest, NamesOfTheServerAreReserved) {
  EXPECT_EQ(refusal(QueueDeclare{.queue = "amq.mine"}),
            "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'");
  EXPECT_EQ(refusal(ExchangeDeclare{.exchange = "amq.mine", .type = "direct"}),
            "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'");
  client.call<ExchangeDeclareOk>(
      1, ExchangeDeclare{.exchange = "amq.topic", .type = "topic", .durable = true});
}

TEST_F(QueueTest, IsDeletedIfItMay) {
  client.declare("q");
  publish("q", "1");
  EXPECT_EQ(refusal(QueueDelete{.queue = "q", .if_empty = true}),
            "PRECONDITION_FAILED - queue 'q' in vhost '/' not empty");
  client.call<BasicConsumeOk>(1, BasicConsume{.queue = "q", .consumer_tag = "c"});
  client.expect<BasicDeliver>();
  client.expect_content();
  EXPECT_EQ(refusal(QueueDelete{.queue = "q", .if_unused = true}),
            "PRECONDITION_FAILED - queue 'q' in vhost '/' in use");
  EXPECT_EQ(client.call<QueueDeleteOk>(1, QueueDelete{.queue = "q"}).message_count, 1U);
  EXPECT_EQ(client.call<QueueDeleteOk>(1, QueueDelete{.queue = "q"}).message_count, 0U);
}

TEST_F(QueueTest, IsBoundToExchangesThatAreThere) {
  client.declare("q");
  EXPECT_EQ(refusal(QueueBind{.queue = "q", .exchange = "x", .routing_key = "k"}),
            "NOT_FOUND - no exchange 'x' in vhost '/'");
  EXPECT_EQ(refusal(QueueBind{.queue = "p", .exchange = "amq.direct", .routing_key = "k"}),
            "NOT_FOUND - no queue 'p' in vhost '/'");
  EXPECT_EQ(refusal(QueueBind{.queue = "q", .routing_key = "k"}),
            "ACCESS_REFUSED - operation not permitted on the default exchange");
  client.call<QueueBindOk>(1,
                           QueueBind{.queue = "q", .exchange = "amq.direct", .routing_key = "k"});
  client.publish(1, {.exchange = "amq.direct", .routing_key = "k"},
                 {.body = "1", .properties = {}});
  EXPECT_EQ(client.call<QueuePurgeOk>(1, QueuePurge{.queue = "q"}).message_count, 1U);
  client.call<QueueUnbindOk>(
      1, QueueUnbind{.queue = "q", .exchange = "amq.direct", .routing_key = "k"});
  client.publish(1, {.exchange = "amq.direct", .routing_key = "k"},
                 {.body = "2", .properties = {}});
  EXPECT_EQ(client.call<QueuePurgeOk>(1, QueuePurge{.queue = "q"}).message_count, 0U);
}

TEST_F(QueueTest, ExchangesAreDeclaredComparedAndDeleted) {
  client.call<ExchangeDeclareOk>(
      1, ExchangeDeclare{.exchange = "x", .type = "direct", .durable = true});
  EXPECT_EQ(refusal(ExchangeDeclare{.exchange = "x", .type = "fanout", .durable = true}),
            "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '/': received "
            "'fanout' but current is 'direct'");
  EXPECT_EQ(refusal(ExchangeDeclare{.exchange = "x",
                                    .type = "direct",
                                    .durable = true,
                                    .arguments = argument("alternate-exchange", "y"s)}),
            "PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'x' in vhost "
            "'/': received the value 'y' of type 'longstr' but current is none");
  EXPECT_EQ(
      refusal(ExchangeDeclare{
          .exchange = "z", .type = "direct", .arguments = argument("alternate-exchange", true)}),
      "PRECONDITION_FAILED - invalid type 'bool' for arg 'alternate-exchange' in exchange 'z' "
      "in vhost '/'");
  EXPECT_EQ(refusal(ExchangeDeclare{.exchange = "y", .passive = true}),
            "NOT_FOUND - no exchange 'y' in vhost '/'");
  EXPECT_EQ(refusal(ExchangeDeclare{.exchange = "", .type = "direct"}),
            "ACCESS_REFUSED - operation not permitted on the default exchange");
  EXPECT_EQ(refusal(ExchangeDelete{.exchange = "amq.direct"}),
            "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed");
  client.declare("q");
  client.call<QueueBindOk>(1, QueueBind{.queue = "q", .exchange = "x"});
  EXPECT_EQ(refusal(ExchangeDelete{.exchange = "x", .if_unused = true}),
            "PRECONDITION_FAILED - exchange 'x' in vhost '/' in use");
  client.call<ExchangeDeleteOk>(1, ExchangeDelete{.exchange = "x"});
  client.call<ExchangeDeleteOk>(1, ExchangeDelete{.exchange = "x"});
}

TEST_F(QueueTest, WhatAConsistentHashExchangeHashesIsDeclaredAndCompared) {
  const auto hashing = [](const std::string& header) {
    return ExchangeDeclare{
        .exchange = "x", .type = "x-consistent-hash", .arguments = argument("hash-header", header)};
  };
  client.call<ExchangeDeclareOk>(1, hashing("customer"));
  client.call<ExchangeDeclareOk>(1, hashing("customer"));
  EXPECT_EQ(refusal(hashing("region")),
            "PRECONDITION_FAILED - inequivalent arg 'hash-header' for exchange 'x' in vhost '/': "
            "received 'region' but current is 'customer'");
  EXPECT_EQ(
      refusal(ExchangeDeclare{
          .exchange = "y", .type = "x-consistent-hash", .arguments = argument("hash-property", 1)}),
      "PRECONDITION_FAILED - invalid arg 'hash-property' for exchange 'y' in vhost '/': "
      "expected longstr, got signedint");
}

TEST_F(QueueTest, ExchangesOfOtherTypesAreRefused) {
  for (const std::string& type : {""s, "round-robin"s, "x-delayed-message"s}) {
    EXPECT_EQ(
        refusal(ExchangeDeclare{
            .exchange = "x",
            .type = "x-delayed-message",
            .arguments = type.empty() ? core::FieldTable() : argument("x-delayed-type", type)}),
        "PRECONDITION_FAILED - Invalid argument, 'x-delayed-type' must be an existing exchange "
        "type");
  }
  EXPECT_EQ(
      refusal(ExchangeDeclare{
          .exchange = "x", .type = "direct", .arguments = argument("x-delayed-type", "topic"s)}),
      "PRECONDITION_FAILED - invalid arg 'x-delayed-type' for exchange 'x' in vhost '/': it is "
      "for exchanges of type x-delayed-message");
  EXPECT_EQ(refusal(ExchangeDeclare{
                .exchange = "x", .type = "direct", .arguments = argument("x-ha", "all"s)}),
            "PRECONDITION_FAILED - invalid arg 'x-ha' for exchange 'x' in vhost '/': it is not "
            "supported");
  client.send(1, ExchangeDeclare{.exchange = "x", .type = "round-robin"});
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_text,
            "COMMAND_INVALID - unknown exchange type 'round-robin'");
}

TEST_F(QueueTest, ExchangesAreBoundToExchanges) {
  client.call<ExchangeDeclareOk>(1, ExchangeDeclare{.exchange = "to", .type = "fanout"});
  client.declare("q");
  client.call<QueueBindOk>(1, QueueBind{.queue = "q", .exchange = "to"});
  EXPECT_EQ(refusal(ExchangeBind{.destination = "no", .source = "amq.direct"}),
            "NOT_FOUND - no exchange 'no' in vhost '/'");
  EXPECT_EQ(refusal(ExchangeBind{.destination = "to", .source = "no"}),
            "NOT_FOUND - no exchange 'no' in vhost '/'");
  client.call<ExchangeBindOk>(
      1, ExchangeBind{.destination = "to", .source = "amq.direct", .routing_key = "k"});
  client.publish(1, {.exchange = "amq.direct", .routing_key = "k"},
                 {.body = "1", .properties = {}});
  EXPECT_EQ(client.call<QueuePurgeOk>(1, QueuePurge{.queue = "q"}).message_count, 1U);
  client.call<ExchangeUnbindOk>(
      1, ExchangeUnbind{.destination = "to", .source = "amq.direct", .routing_key = "k"});
  client.publish(1, {.exchange = "amq.direct", .routing_key = "k"},
                 {.body = "1", .properties = {}});
  EXPECT_EQ(client.call<QueuePurgeOk>(1, QueuePurge{.queue = "q"}).message_count, 0U);
}

}  // namespace
}  // namespace koine::amqp
