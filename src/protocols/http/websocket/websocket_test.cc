#include "protocols/http/websocket/websocket.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/http/websocket/test_socket.h"

namespace koine::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(WebSocketTest, ShakesHands) {
  Socket socket(broker_.connect());
  const Answered answer = socket.open("Sec-WebSocket-Protocol: other, koine.json.v1\r\n");
  EXPECT_EQ(answer.status, 101);
  // RFC 6455 1.3
  EXPECT_EQ(answer.field("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.field("Sec-WebSocket-Protocol"), "koine.json.v1");
  EXPECT_EQ(answer.field("Sec-WebSocket-Extensions"), "");
}

TEST_F(WebSocketTest, RefusesWhatIsNoHandshake) {
  const auto status = [&](std::string_view head) {
    return broker_.call(std::string(head) + "\r\n").status;
  };
  EXPECT_EQ(status("GET /v1/stream HTTP/1.1\r\nHost: x\r\n"), 426);
  EXPECT_EQ(status("GET /v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: "
                   "websocket\r\nSec-WebSocket-Version: 8\r\n"),
            426);
  EXPECT_EQ(status("GET /v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: "
                   "websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n"),
            400);
  EXPECT_EQ(status(std::string(upgrade) + "Sec-WebSocket-Protocol: mqtt\r\n"), 400);
}

TEST_F(WebSocketTest, PagesOfOtherOriginsAreRefused) {
  EXPECT_EQ(broker_.call(std::string(upgrade) + "Origin: https://evil.example\r\n\r\n").status,
            403);
  Socket same(broker_.connect());
  EXPECT_EQ(same.open("Origin: http://x\r\n").status, 101);
}

TEST_F(WebSocketTest, SendsAsManyMessagesAsThereIsCredit) {
  create();
  for (const char* value : {"a", "b", "c"}) append(value);
  Socket socket = connect();
  socket.say(R"({"op":"subscribe","id":1,"topic":"orders","from":"start","credit":2})");
  EXPECT_THAT(socket.hear(), HasSubstr(R"("op":"subscribed","id":1)"));
  EXPECT_THAT(socket.hear(), AllOf(HasSubstr(R"({"op":"message","id":1,"position":")"),
                                   HasSubstr(R"("value":"a")")));
  EXPECT_THAT(socket.hear(), HasSubstr(R"("value":"b")"));
  socket.say(R"({"op":"ping","seq":7})");
  EXPECT_EQ(socket.hear(), R"({"op":"pong","seq":7})");
  socket.say(R"({"op":"credit","id":1,"credit":5})");
  EXPECT_THAT(socket.hear(), HasSubstr(R"("value":"c")"));
  append("d");
  EXPECT_THAT(socket.hear(), HasSubstr(R"("value":"d")"));
}

TEST_F(WebSocketTest, GoesOnAfterAPosition) {
  create();
  for (const char* value : {"a", "b"}) append(value);
  Socket first = connect();
  first.say(R"({"op":"subscribe","id":1,"topic":"orders","from":"start","credit":1})");
  first.hear();
  const std::string message = first.hear();
  const std::size_t at = message.find("position\":\"") + 11;
  const std::string position = message.substr(at, message.find('"', at) - at);
  Socket second = connect();
  second.say(fmt::format(R"({{"op":"subscribe","id":2,"topic":"orders","after":"{}","credit":9}})",
                         position));
  second.hear();
  EXPECT_THAT(second.hear(), HasSubstr(R"("value":"b")"));
}

TEST_F(WebSocketTest, APositionThatIsGoneEndsItsSubscriptionOnly) {
  create();
  for (const char* value : {"a", "b"}) append(value);
  Socket socket = connect();
  socket.say(R"({"op":"subscribe","id":1,"topic":"orders","from":"start"})");
  const std::string subscribed = socket.hear();
  const std::size_t at = subscribed.find("position\":\"") + 11;
  const std::string position = subscribed.substr(at, subscribed.find('"', at) - at);
  ASSERT_TRUE(
      broker_.server().run(broker_.server().partition("orders")->delete_records(Offset{1})));
  socket.say(fmt::format(R"({{"op":"subscribe","id":2,"topic":"orders","after":"{}","credit":9}})",
                         position));
  EXPECT_THAT(socket.hear(), AllOf(HasSubstr(R"("op":"end","id":2)"), HasSubstr(R"("status":410)"),
                                   HasSubstr(R"("first_offset":1)")));
  socket.say(R"({"op":"unsubscribe","id":1})");
  EXPECT_EQ(socket.hear(), R"({"op":"end","id":1,"reason":"unsubscribed"})");
}

TEST_F(WebSocketTest, MistakesAreAnsweredByName) {
  create();
  Socket socket = connect();
  const auto answer_to = [&](std::string_view text) {
    socket.say(text);
    return socket.hear();
  };
  EXPECT_THAT(answer_to("nonsense"), StartsWith(R"({"op":"error","problem":)"));
  EXPECT_THAT(answer_to(R"({"op":"jump","seq":3})"),
              AllOf(StartsWith(R"({"op":"error","seq":3,)"), HasSubstr("found 'jump'")));
  EXPECT_THAT(answer_to(R"({"op":"subscribe","id":1,"topic":"none"})"),
              AllOf(HasSubstr(R"("id":1)"), HasSubstr(R"("status":404)")));
  EXPECT_THAT(answer_to(R"({"op":"subscribe","id":1,"topic":"orders","fr0m":"end"})"),
              HasSubstr("fr0m"));
  EXPECT_THAT(answer_to(R"({"op":"subscribe","id":1,"topic":"orders","partitions":[1]})"),
              HasSubstr(R"("status":400)"));
  EXPECT_THAT(answer_to(R"({"op":"credit","id":5,"credit":1})"), HasSubstr(R"("status":404)"));
  EXPECT_THAT(answer_to(R"({"op":"subscribe","id":1,"topic":"orders"})"), HasSubstr("subscribed"));
  EXPECT_THAT(answer_to(R"({"op":"subscribe","id":1,"topic":"orders"})"),
              HasSubstr(R"("status":409)"));
  EXPECT_THAT(answer_to(R"({"op":"subscribe","id":2,"queue":"email"})"),
              AllOf(HasSubstr(R"("id":2)"), HasSubstr(R"("status":404)")));
  EXPECT_THAT(answer_to(R"({"op":"publish","seq":4,"topic":"orders","queue":"email"})"),
              HasSubstr("topic, queue, exchange: expected one of them"));
}

TEST_F(WebSocketTest, PublishesAreAnsweredWhenTheyAreDurable) {
  create();
  Socket socket = connect();
  socket.say(R"({"op":"publish","seq":7,"topic":"orders","key":"k","value":{"total":12}})");
  EXPECT_EQ(socket.hear(), R"({"op":"published","seq":7,"partition":0,"offset":0})");
  EXPECT_EQ(broker_.server().partition("orders")->high_watermark(), Offset{1});
  socket.say(R"({"op":"publish","seq":8,"topic":"none","value":"x"})");
  EXPECT_THAT(socket.hear(), AllOf(HasSubstr(R"("seq":8)"), HasSubstr(R"("status":404)")));
  socket.say(R"({"op":"publish","seq":9,"topic":"orders","valu":"x"})");
  EXPECT_THAT(socket.hear(), AllOf(HasSubstr(R"("seq":9)"), HasSubstr("valu")));
}

TEST_F(WebSocketTest, PublishesOfOneSocketKeepTheirOrder) {
  create();
  Socket socket = connect();
  std::string bytes;
  constexpr int count = 1000;  // more than may be under way
  for (int n = 0; n < count; ++n) {
    const std::string text =
        fmt::format(R"({{"op":"publish","seq":{},"topic":"orders","value":"x"}})", n);
    bytes += encode({.payload = text});
  }
  socket.client().send(bytes);
  for (int n = 0; n < count; ++n) {
    EXPECT_EQ(socket.hear(),
              fmt::format(R"({{"op":"published","seq":{},"partition":0,"offset":{}}})", n, n));
  }
}

TEST_F(WebSocketTest, FiltersOnKey) {
  create();
  append("a", "k1");
  append("b", "k2");
  Socket socket = connect();
  socket.say(R"({"op":"subscribe","id":1,"topic":"orders","from":"start","key":"k2","credit":9})");
  socket.hear();
  EXPECT_THAT(socket.hear(), HasSubstr(R"("value":"b")"));
}

TEST_F(WebSocketTest, CompressesWhatIsLarge) {
  create();
  append(std::string(10'000, 'x'));
  Socket socket = connect("Sec-WebSocket-Extensions: permessage-deflate\r\n");
  socket.say(R"({"op":"subscribe","id":1,"topic":"orders","from":"start","credit":9})");
  socket.hear();
  const Socket::Frame frame = socket.receive();
  EXPECT_EQ(frame.first, 0xC1U);
  EXPECT_LT(frame.payload.size(), 1000U);
  std::vector<std::byte> inflated;
  Inflater inflater;
  ASSERT_EQ(inflater.inflate(as_bytes(frame.payload), inflated, MiB), Inflater::Outcome::done);
  EXPECT_THAT(std::string(as_text(inflated)), HasSubstr("xxxx"));
}

TEST_F(WebSocketTest, AnswersPingAndClose) {
  Socket socket = connect();
  socket.send({.opcode = Opcode::ping, .payload = "are you there"});
  const Socket::Frame pong = socket.receive();
  EXPECT_EQ(pong.first, 0x8AU);
  EXPECT_EQ(pong.payload, "are you there");
  socket.send({.opcode = Opcode::close, .payload = "\x03\xE8"});
  EXPECT_EQ(socket.closed(), 1000);
  socket.client().close();
  EXPECT_TRUE(broker_.world().run_until([&] { return broker_.open_connections() == 0; }));
}

TEST_F(WebSocketTest, WhatTheStandardForbidsClosesIt) {
  Socket unmasked = connect();
  unmasked.send({.payload = "x", .is_masked = false});
  EXPECT_EQ(unmasked.closed(), 1002);
  Socket binary = connect();
  binary.send({.opcode = Opcode::binary, .payload = "x"});
  EXPECT_EQ(binary.closed(), 1003);
  Socket text = connect();
  text.send({.payload = "\xFF"});
  EXPECT_EQ(text.closed(), 1007);
  EXPECT_GE(broker_.statistics().malformed_requests, 2U);
}

TEST_F(WebSocketTest, DrainingSaysToComeAgain) {
  create();
  Socket socket = connect();
  socket.say(R"({"op":"subscribe","id":1,"topic":"orders","credit":9})");
  socket.hear();
  broker_.drain();
  EXPECT_EQ(socket.closed(), 1012);
}

TEST_F(WebSocketTest, ASilentPeerIsPingedAndGivenUp) {
  Socket socket = connect();
  EXPECT_EQ(socket.receive().first, 0x89U);
  EXPECT_EQ(socket.receive().first, 0U);
  EXPECT_EQ(broker_.statistics().timed_out_connections, 1U);
}

TEST_F(WebSocketTest, APeerThatDoesNotReadPinsLittleAndIsNotReadFrom) {
  create();
  const std::string value(10'000, 'x');
  for (int n = 0; n < 100; ++n) append(value);
  Socket socket = connect({}, {.buffer_bytes_max = 1000});
  socket.say(R"({"op":"subscribe","id":1,"topic":"orders","from":"start","credit":1000})");
  // Pings whose answers it does not read.
  const std::string ping = encode({.opcode = Opcode::ping, .payload = std::string(125, 'p')});
  std::size_t sent = 0;
  const auto stuck_at = broker_.world().now() + std::chrono::seconds(5);
  while (broker_.world().now() < stuck_at && sent < 1'000'000) {
    const ByteView part = as_bytes(ping);
    const auto moved = socket.client().stream().try_write(std::span(&part, 1));
    ASSERT_TRUE(moved);
    sent += moved->bytes;
    if (moved->bytes < part.size()) break;
    broker_.world().step();
  }
  EXPECT_LT(sent, 500'000U);
}

TEST_F(WebSocketTest, OneThatTakesNothingIsClosed) {
  create();
  const std::string value(10'000, 'x');
  for (int n = 0; n < 100; ++n) append(value);
  Socket socket = connect({}, {.buffer_bytes_max = 1000});
  socket.say(R"({"op":"subscribe","id":1,"topic":"orders","from":"start","credit":1000})");
  EXPECT_TRUE(broker_.world().run_until([&] { return broker_.open_connections() == 0; }));
}

}  // namespace
}  // namespace koine::http
