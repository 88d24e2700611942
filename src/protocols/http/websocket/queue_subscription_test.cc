// Queues on a WebSocket: messages as far as credit goes, leases and what becomes of them, and messages on their way in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/queues/lease_client.h"
#include "protocols/http/websocket/test_socket.h"

namespace koine::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class QueueSubscriptionTest : public WebSocketTest {
 protected:
  QueueSubscriptionTest() : WebSocketTest({.shard_count = 2}) {}

  // On either shard, while sockets are on the first.
  std::string queue_on(std::size_t shard, std::string_view settings = "{}") {
    std::string name = "email";
    core::Engine& here = broker_.server().engine();
    while (&here.owner_of_queue({"/", name}) != &broker_.server().engine(shard)) name += "x";
    EXPECT_EQ(call("PUT", "/v1/queues/" + name, settings).status, 201);
    return name;
  }
  Answered call(std::string_view method, std::string_view path, std::string_view body) {
    return broker_.call(fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}",
                                    method, path, body.size(), body));
  }
  void send(const std::string& queue, const std::vector<std::string>& bodies) {
    for (const auto& body : bodies) {
      ASSERT_EQ(call("POST", "/v1/queues/" + queue + "/messages", body).status, 201);
    }
  }
  std::string counts(const std::string& queue) {
    return call("GET", "/v1/queues/" + queue, "").body;
  }
  static std::string subscribe(const std::string& queue, int credit, std::string_view more = "") {
    return fmt::format(R"({{"op":"subscribe","id":1,"queue":"{}","credit":{}{}}})", queue, credit,
                       more);
  }
  static std::string lease_in(const std::string& message) {
    const std::size_t at = message.find("\"lease\":\"");
    EXPECT_NE(at, std::string::npos) << message;
    return message.substr(at + 9, 34);
  }
  void pass(std::int64_t milliseconds) {
    broker_.world().run_for(std::chrono::milliseconds(milliseconds));
  }
};

TEST_F(QueueSubscriptionTest, SendsAsManyMessagesAsThereIsCredit) {
  for (const std::size_t shard : {0U, 1U}) {
    const std::string queue = queue_on(shard);
    send(queue, {"a", "b", "c"});
    Socket socket = connect();
    socket.say(subscribe(queue, 2));
    EXPECT_EQ(socket.hear(), R"({"op":"subscribed","id":1})");
    const std::string first = socket.hear();
    EXPECT_THAT(first, AllOf(HasSubstr(R"({"op":"message","id":1,"message":{"lease":")"),
                             HasSubstr(R"("routing_key":")" + queue),
                             HasSubstr(R"("redelivered":false)"), HasSubstr(R"("value":"a")")));
    EXPECT_THAT(socket.hear(), HasSubstr(R"("value":"b")"));
    socket.say(fmt::format(R"({{"op":"ack","id":1,"seq":7,"leases":["{}"]}})", lease_in(first)));
    EXPECT_EQ(socket.hear(), R"({"op":"settled","seq":7,"lost":[]})");
    socket.say(R"({"op":"ping","seq":8})");
    EXPECT_EQ(socket.hear(), R"({"op":"pong","seq":8})");
    EXPECT_THAT(counts(queue), HasSubstr(R"("ready":1,"unsettled":1)"));
    socket.say(R"({"op":"credit","id":1,"credit":1})");
    EXPECT_THAT(socket.hear(), HasSubstr(R"("value":"c")"));
  }
}

TEST_F(QueueSubscriptionTest, LeasesAreReleasedRejectedAndLost) {
  const std::string queue = queue_on(1);
  send(queue, {"a", "b"});
  Socket socket = connect();
  socket.say(subscribe(queue, 2));
  socket.hear();
  const std::string a = lease_in(socket.hear());
  const std::string b = lease_in(socket.hear());
  socket.say(fmt::format(R"({{"op":"release","leases":["{}"]}})", a));
  socket.say(fmt::format(R"({{"op":"reject","seq":1,"leases":["{}"]}})", b));
  EXPECT_EQ(socket.hear(), R"({"op":"settled","seq":1,"lost":[]})");
  EXPECT_THAT(counts(queue), HasSubstr(R"("ready":1,"unsettled":0)"));
  // Without a seq, only what is lost is told.
  socket.say(fmt::format(R"({{"op":"ack","leases":["{}"]}})", a));
  EXPECT_EQ(socket.hear(), fmt::format(R"({{"op":"settled","lost":["{}"]}})", a));
  socket.say(R"({"op":"credit","id":1,"credit":1})");
  EXPECT_THAT(socket.hear(),
              AllOf(HasSubstr(R"("redelivered":true)"), HasSubstr(R"("value":"a")")));
}

TEST_F(QueueSubscriptionTest, SettlementsAreAnsweredInTheOrderOfTheSocket) {
  const std::string far = queue_on(1);
  constexpr int count = 60;
  Socket socket = connect();
  for (int n = 0; n < count; ++n) {
    socket.say(fmt::format(R"({{"op":"publish","seq":{},"queue":"{}","value":"x"}})", n, far));
    socket.hear();
  }
  socket.say(subscribe(far, count));
  socket.hear();
  // Each when it comes, so that they are of many commits; publishes to a queue that is nearer between them.
  const std::string near = queue_on(0);
  std::vector<std::string> answers;
  int said = 0;
  while (answers.size() < 2U * count) {
    const std::string heard = socket.hear();
    if (!heard.starts_with(R"({"op":"message")")) {
      answers.push_back(heard);
      continue;
    }
    socket.say(fmt::format(R"({{"op":"ack","seq":{},"leases":["{}"]}})", said++, lease_in(heard)));
    socket.say(
        fmt::format(R"({{"op":"publish","seq":{},"queue":"{}","value":"x"}})", said++, near));
  }
  for (int n = 0; n < 2 * count; ++n) {
    EXPECT_THAT(answers[static_cast<std::size_t>(n)], HasSubstr(fmt::format(R"("seq":{},)", n)));
  }
}

TEST_F(QueueSubscriptionTest, LeasesEndWhenTheyAreLateAndAreExtended) {
  const std::string queue = queue_on(0);
  send(queue, {"a"});
  Socket socket = connect();
  socket.say(subscribe(queue, 1, R"(,"lease_ms":1000)"));
  socket.hear();
  const std::string lease = lease_in(socket.hear());
  pass(800);
  socket.say(fmt::format(R"({{"op":"extend","seq":1,"lease_ms":1000,"leases":["{}"]}})", lease));
  EXPECT_EQ(socket.hear(), R"({"op":"extended","seq":1,"lost":[]})");
  pass(800);
  EXPECT_THAT(counts(queue), HasSubstr(R"("unsettled":1)"));
  pass(300);
  EXPECT_THAT(counts(queue), HasSubstr(R"("ready":1,"unsettled":0)"));
  socket.say(fmt::format(R"({{"op":"extend","seq":2,"lease_ms":1000,"leases":["{}"]}})", lease));
  EXPECT_EQ(socket.hear(), fmt::format(R"({{"op":"extended","seq":2,"lost":["{}"]}})", lease));
}

TEST_F(QueueSubscriptionTest, WhatAClosedSocketHasGoesBackInOrder) {
  for (const std::size_t shard : {0U, 1U}) {
    const std::string queue = queue_on(shard);
    send(queue, {"a", "b", "c"});
    {
      Socket socket = connect();
      socket.say(subscribe(queue, 2));
      socket.hear();
      socket.hear();
      socket.hear();
      socket.client().close();
    }
    pass(100);
    EXPECT_THAT(counts(queue), HasSubstr(R"("ready":3,"unsettled":0)"));
    Socket next = connect();
    next.say(subscribe(queue, 3));
    next.hear();
    EXPECT_THAT(next.hear(), AllOf(HasSubstr(R"("redelivered":true,"failed_deliveries":1)"),
                                   HasSubstr(R"("value":"a")")));
    EXPECT_THAT(next.hear(),
                AllOf(HasSubstr(R"("redelivered":true)"), HasSubstr(R"("value":"b")")));
    EXPECT_THAT(next.hear(),
                AllOf(HasSubstr(R"("redelivered":false)"), HasSubstr(R"("value":"c")")));
    // A goodbye is no failure.
    next.send({.opcode = Opcode::close, .payload = "\x03\xE8"});
    EXPECT_EQ(next.closed(), 1000);
    next.client().close();
    pass(100);
    EXPECT_THAT(call("GET", "/v1/queues/" + queue + "/messages?limit=1", "").body,
                HasSubstr(R"("failed_deliveries":1)"));
  }
}

TEST_F(QueueSubscriptionTest, UnsubscribingLeavesLeasesWithWhoHasThem) {
  const std::string queue = queue_on(1);
  send(queue, {"a", "b"});
  Socket socket = connect();
  socket.say(subscribe(queue, 1));
  socket.hear();
  const std::string lease = lease_in(socket.hear());
  socket.say(R"({"op":"unsubscribe","id":1})");
  EXPECT_EQ(socket.hear(), R"({"op":"end","id":1,"reason":"unsubscribed"})");
  EXPECT_THAT(counts(queue), HasSubstr(R"("ready":1,"unsettled":1)"));
  socket.say(fmt::format(R"({{"op":"ack","seq":1,"leases":["{}"]}})", lease));
  EXPECT_EQ(socket.hear(), R"({"op":"settled","seq":1,"lost":[]})");
}

TEST_F(QueueSubscriptionTest, EndsWithItsQueue) {
  for (const std::size_t shard : {0U, 1U}) {
    const std::string queue = queue_on(shard);
    Socket socket = connect();
    socket.say(subscribe(queue, 1));
    socket.hear();
    EXPECT_EQ(call("DELETE", "/v1/queues/" + queue, "").status, 200);
    EXPECT_EQ(socket.hear(), R"({"op":"end","id":1,"reason":"queue_deleted"})");
    socket.say(R"({"op":"credit","id":1,"credit":1})");
    EXPECT_THAT(socket.hear(), HasSubstr(R"("status":404)"));
  }
}

TEST_F(QueueSubscriptionTest, ASlowReaderHoldsWhatItsSocketTakes) {
  const std::string queue = queue_on(0);
  for (int n = 0; n < 40; ++n) send(queue, {std::string(10'000, 'x')});
  Socket socket = connect({}, {.buffer_bytes_max = 1000});
  socket.say(subscribe(queue, 1000));
  pass(1000);
  EXPECT_THAT(counts(queue), Not(HasSubstr(R"("ready":0,)")));
  // One that reads gets the rest.
  Socket other = connect();
  other.say(subscribe(queue, 3));
  other.hear();
  for (int n = 0; n < 3; ++n) EXPECT_THAT(other.hear(), HasSubstr("xxxx"));
}

TEST_F(QueueSubscriptionTest, MistakesAreAnsweredByName) {
  const std::string queue = queue_on(0);
  create();
  Socket socket = connect();
  const auto answer_to = [&](std::string_view text) {
    socket.say(text);
    return socket.hear();
  };
  EXPECT_THAT(answer_to(subscribe(queue, 1, R"(,"lease_ms":0)")), HasSubstr("lease_ms: found 0"));
  EXPECT_THAT(answer_to(subscribe(queue, 1, R"(,"from":"end")")), HasSubstr("from"));
  EXPECT_THAT(answer_to(subscribe(queue, -1)), HasSubstr("credit: found -1"));
  EXPECT_THAT(answer_to(R"({"op":"ack","seq":1,"leases":["short"]})"),
              AllOf(HasSubstr(R"("seq":1)"), HasSubstr("'short' is no lease")));
  EXPECT_THAT(answer_to(R"({"op":"ack","id":9,"leases":[]})"), HasSubstr(R"("status":404)"));
  EXPECT_THAT(answer_to(R"({"op":"extend","seq":1,"lease_ms":0,"leases":[]})"),
              HasSubstr("lease_ms: found 0"));
  EXPECT_THAT(answer_to(R"({"op":"subscribe","id":2,"topic":"orders"})"), HasSubstr("subscribed"));
  const std::string lease = core::LeaseId{}.to_string();
  EXPECT_THAT(answer_to(fmt::format(R"({{"op":"ack","id":2,"leases":["{}"]}})", lease)),
              HasSubstr("is no lease of subscription 2"));
  EXPECT_EQ(answer_to(fmt::format(R"({{"op":"ack","seq":3,"leases":["{}"]}})", lease)),
            fmt::format(R"({{"op":"settled","seq":3,"lost":["{}"]}})", lease));
}

TEST_F(QueueSubscriptionTest, AnExclusiveConsumerIsNotDisturbed) {
  const std::string queue = queue_on(0, R"({"single_active_consumer":true})");
  send(queue, {"a"});
  Socket first = connect();
  first.say(subscribe(queue, 1));
  first.hear();
  EXPECT_THAT(first.hear(), HasSubstr(R"("value":"a")"));
  Socket second = connect();
  second.say(subscribe(queue, 1));
  second.hear();
  send(queue, {"b"});
  first.client().close();
  EXPECT_THAT(second.hear(), HasSubstr(R"("value":"a")"));
}

class SocketPublishTest : public QueueSubscriptionTest {};

TEST_F(SocketPublishTest, ToAQueueIsAnsweredWhenItIsDurable) {
  for (const std::size_t shard : {0U, 1U}) {
    const std::string queue = queue_on(shard);
    Socket socket = connect();
    socket.say(fmt::format(
        R"({{"op":"publish","seq":1,"queue":"{}","value":{{"n":1}},"message_id":"m-1"}})", queue));
    EXPECT_EQ(socket.hear(), R"({"op":"published","seq":1,"routed":1})");
    EXPECT_THAT(call("GET", "/v1/queues/" + queue + "/messages", "").body,
                AllOf(HasSubstr(R"("message_id":"m-1")"), HasSubstr(R"("value":{"n":1})"),
                      HasSubstr(R"("content_type":"application/json")")));
  }
}

TEST_F(SocketPublishTest, ToAnExchangeIsRouted) {
  const std::string queue = queue_on(1);
  ASSERT_EQ(call("PUT", "/v1/exchanges/shop", R"({"type":"topic"})").status, 201);
  ASSERT_EQ(call("POST", "/v1/bindings",
                 fmt::format(R"({{"source":"shop","target_kind":"queue","target":"{}",)"
                             R"("routing_key":"order.*"}})",
                             queue))
                .status,
            201);
  Socket socket = connect();
  const auto answer_to = [&](std::string_view text) {
    socket.say(text);
    return socket.hear();
  };
  EXPECT_EQ(answer_to(R"({"op":"publish","seq":1,"exchange":"shop","routing_key":"order.new",)"
                      R"("value":"a","headers":{"kind":"test"}})"),
            R"({"op":"published","seq":1,"routed":1})");
  EXPECT_EQ(
      answer_to(R"({"op":"publish","seq":2,"exchange":"shop","routing_key":"x","value":"b"})"),
      R"({"op":"published","seq":2,"routed":0})");
  EXPECT_THAT(answer_to(R"({"op":"publish","seq":3,"exchange":"shop","routing_key":"x",)"
                        R"("mandatory":true,"value":"b"})"),
              AllOf(HasSubstr(R"("seq":3)"), HasSubstr(R"("status":404)")));
  EXPECT_THAT(answer_to(R"({"op":"publish","seq":4,"exchange":"none","value":"b"})"),
              HasSubstr(R"("status":404)"));
  EXPECT_THAT(answer_to(R"({"op":"publish","seq":5,"exchange":"shop","priorit":1})"),
              HasSubstr("priorit"));
  EXPECT_THAT(answer_to(fmt::format(R"({{"op":"publish","seq":6,"exchange":"amq.default",)"
                                    R"("routing_key":"{}","value":"c"}})",
                                    queue)),
              HasSubstr(R"("routed":1)"));
  EXPECT_THAT(counts(queue), HasSubstr(R"("ready":2)"));
}

TEST_F(SocketPublishTest, AFullQueueRefusesItsOwn) {
  const std::string queue = queue_on(0, R"({"length_max":1,"overflow":"reject_publish"})");
  Socket socket = connect();
  const std::string message = fmt::format(R"("queue":"{}","value":"x"}})", queue);
  socket.say(R"({"op":"publish","seq":1,)" + message);
  EXPECT_THAT(socket.hear(), HasSubstr(R"("seq":1,"routed":1)"));
  socket.say(R"({"op":"publish","seq":2,)" + message);
  EXPECT_THAT(socket.hear(), AllOf(HasSubstr(R"("seq":2)"), HasSubstr(R"("status":429)")));
}

// Topics and queues of both shards in turn: each is as durable as its own shard is, but the answers are in order.
TEST_F(SocketPublishTest, IsAnsweredInTheOrderOfTheSocket) {
  create(2);
  const std::string far = queue_on(1);
  const std::string near = queue_on(0);
  Socket socket = connect();
  std::string bytes;
  constexpr int count = 600;  // more than may be under way
  for (int n = 0; n < count; ++n) {
    const std::string target = n % 3 == 0   ? R"("topic":"orders","partition":1)"
                               : n % 3 == 1 ? fmt::format(R"("queue":"{}")", near)
                                            : fmt::format(R"("queue":"{}")", far);
    const std::string value = n % 100 == 50 ? R"("valu":1)" : fmt::format(R"("value":"{}")", n);
    const std::string text = fmt::format(R"({{"op":"publish","seq":{},{},{}}})", n, target, value);
    bytes += encode({.payload = text});
  }
  socket.client().send(bytes);
  for (int n = 0; n < count; ++n) {
    EXPECT_THAT(socket.hear(), AllOf(HasSubstr(fmt::format(R"("seq":{},)", n)),
                                     HasSubstr(n % 100 == 50 ? "error" : "published")));
  }
  const std::string messages = call("GET", "/v1/queues/" + far + "/messages?limit=1000", "").body;
  std::size_t at = 0;
  for (int n = 2; n < count; n += 3) {
    if (n % 100 == 50) continue;
    at = messages.find(fmt::format(R"("value":"{}")", n), at);
    ASSERT_NE(at, std::string::npos) << n;
  }
}

}  // namespace
}  // namespace koine::http
