#include "protocols/http/http1/session.h"

#include <gtest/gtest.h>

#include "core/access_token.h"
#include "core/scram.h"
#include "protocols/http/session_test_bench.h"
#include "protocols/http/test_routes.h"

namespace koine::http {
namespace {

constexpr std::string_view livez = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

std::string get(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

TestBrokerOptions with_test_routes() { return {.routes = test::routes()}; }

TEST(Http1Session, AnswersAGet) {
  TestBroker broker;
  const Answered answer = broker.call(livez);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok\n");
  EXPECT_EQ(answer.field("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer.field("Content-Length"), "3");
  EXPECT_TRUE(answer.field("Date").ends_with(" GMT"));
}

TEST(Http1Session, HeadHasTheLengthAndNoBody) {
  TestBroker broker;
  TestClient client = broker.connect();
  const Answered answer = client.call("HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.field("Content-Length"), "3");
  EXPECT_EQ(client.call(livez).body, "ok\n");
}

TEST(Http1Session, PipelinedRequestsAreAnsweredInOrder) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect({.cut_seed = 3});
  client.send(post("/echo", "one") + post("/echo-at-once", "two") + get("/nothing") +
              get("/count?parts=2&bytes=3") + post("/echo", "three"));
  EXPECT_EQ(client.receive().body, "one");
  EXPECT_EQ(client.receive().body, "two");
  EXPECT_EQ(client.receive().status, 404);
  EXPECT_EQ(client.receive().body, "xxxxxx");
  EXPECT_EQ(client.receive().body, "three");
}

TEST(Http1Session, BodiesComeWholeOrInChunksInWhateverPieces) {
  TestBroker broker(with_test_routes());
  const std::string body(300'000, 'b');
  for (const std::uint64_t seed : {1, 2, 3}) {
    TestClient client = broker.connect({.cut_seed = seed});
    EXPECT_EQ(client.call(post("/echo", body)).body, body);
    const std::string chunked =
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2;x\r\nde\r\n0\r\nTrailer: t\r\n\r\n";
    EXPECT_EQ(client.call(chunked + chunked).body, "abcde");
    EXPECT_EQ(client.receive().body, "abcde");
  }
}

TEST(Http1Session, TellsAClientThatWaitsForItToGoOn) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.receive_head().status, 100);
  EXPECT_EQ(client.call("hi").body, "hi");
  // Who is refused need not send it.
  client.send("POST /no HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  const Answered refused = client.receive();
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.field("Connection"), "close");
  EXPECT_TRUE(client.is_ended());
}

TEST(Http1Session, BodiesAreBounded) {
  TestBroker broker(with_test_routes());
  EXPECT_EQ(broker.call(post("/echo-at-once", std::string(100, 'x'))).status, 200);
  EXPECT_EQ(broker.call(post("/echo-at-once", std::string(101, 'x'))).status, 413);
  const Answered answer = broker.call(
      "POST /echo-at-once HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n");
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(broker.call(get("/count", "Content-Length: 1\r\n") + "x").status, 400);
}

TEST(Http1Session, BodiesBeyondTheBudgetWaitForEachOther) {
  TestBrokerOptions options = with_test_routes();
  options.broker.request_memory_bytes = 64 * KiB;
  TestBroker broker(std::move(options));
  TestClient first = broker.connect({.buffer_bytes_max = MiB});
  TestClient second = broker.connect({.buffer_bytes_max = MiB});
  const std::string request = post("/echo", std::string(200'000, 'b'));
  first.send(request.substr(0, 100'000));
  broker.world().run_for(std::chrono::seconds(1));
  second.send(request.substr(0, 100'000));
  broker.world().run_for(std::chrono::seconds(1));
  // Needs more, and waits for the other one, which may go beyond the budget.
  first.send(request.substr(100'000));
  broker.world().run_for(std::chrono::seconds(1));
  second.send(request.substr(100'000));
  EXPECT_EQ(second.receive().body.size(), 200'000U);
  EXPECT_EQ(first.receive().body.size(), 200'000U);
}

TEST(Http1Session, ASmuggledRequestIsNotSeen) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  const Answered answer = client.receive();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(broker.statistics().malformed_requests, 1U);
}

TEST(Http1Session, Http10EndsWithTheConnection) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send("GET /count HTTP/1.0\r\n\r\n");
  const std::string all = client.receive_all();
  EXPECT_TRUE(all.ends_with("\r\n\r\n" + std::string(30, 'x')));
  EXPECT_FALSE(all.contains("chunked"));
  TestClient keeping = broker.connect();
  const Answered answer =
      keeping.call("POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na");
  EXPECT_EQ(answer.field("Connection"), "keep-alive");
  EXPECT_EQ(keeping.call(post("/echo", "b")).body, "b");
}

TEST(Http1Session, MethodsAndOptions) {
  TestBroker broker(with_test_routes());
  const Answered wrong = broker.call(get("/echo"));
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.field("Allow"), "POST, OPTIONS");
  const Answered options = broker.call("OPTIONS /count HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.field("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(broker.call("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status, 204);
  EXPECT_EQ(broker.call(get("/count?no=1")).status, 400);
}

TEST(Http1Session, PagesOfAllowedOriginsOnlyMayReadAnswers) {
  TestBrokerOptions options = with_test_routes();
  options.broker.cors_origins = {"https://good"};
  TestBroker broker(std::move(options));
  EXPECT_EQ(
      broker.call(get("/count", "Origin: https://good\r\n")).field("Access-Control-Allow-Origin"),
      "https://good");
  const Answered bad = broker.call(get("/count", "Origin: https://bad\r\n"));
  EXPECT_EQ(bad.field("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(bad.field("Vary"), "Origin");
  const Answered preflight = broker.call(
      "OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: https://good\r\n"
      "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-y\r\n\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.field("Access-Control-Allow-Methods"), "POST");
  EXPECT_EQ(preflight.field("Access-Control-Allow-Headers"), "x-y");
}

TEST(Http1Session, PagesOfOtherOriginsMayNotChangeAnything) {
  TestBroker broker(with_test_routes());
  const auto status = [&](std::string_view origin) {
    return broker.call(post("/echo", "a", "Origin: " + std::string(origin) + "\r\n")).status;
  };
  EXPECT_EQ(status("http://x"), 200);  // our own: it is what Host says
  EXPECT_EQ(status("https://x"), 200);
  EXPECT_EQ(status("http://evil"), 403);
  EXPECT_EQ(status("http://x.evil"), 403);
  EXPECT_EQ(status("null"), 403);
  EXPECT_EQ(broker.call(get("/count", "Origin: http://evil\r\n")).status, 200);
  EXPECT_EQ(broker.call(get("/tunnel", "Connection: Upgrade\r\nUpgrade: echo\r\nOrigin: null\r\n"))
                .status,
            403);
}

TEST(Http1Session, AResponseIsNeverSplit) {
  TestBroker broker(with_test_routes());
  const Answered answer = broker.call(get("/split"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_FALSE(answer.head.contains("Set-Cookie"));
  EXPECT_TRUE(broker.log().has("a field that can't be sent"));
}

class Http1Login : public testing::Test {
 protected:
  static TestBrokerOptions with_alice() {
    core::Users users;
    users.add("alice", core::ScramCredential::derive(core::ScramHash::sha256, "wonder:land",
                                                     as_bytes("salt"), core::scram_iterations_min));
    users.add_token("robot", core::digest_of_token("koine_secret"));
    TestBrokerOptions options = with_test_routes();
    options.broker.users = std::make_shared<const core::Users>(std::move(users));
    return options;
  }
  static std::string basic(std::string_view credentials) {
    return "Authorization: basic " + core::to_base64(as_bytes(credentials)) + "\r\n";
  }
};

TEST_F(Http1Login, IsNeededWhereThereAreUsers) {
  TestBroker broker(with_alice());
  const Answered nobody = broker.call(get("/count"));
  EXPECT_EQ(nobody.status, 401);
  EXPECT_TRUE(nobody.field("WWW-Authenticate").starts_with("Basic realm="));
  TestClient client = broker.connect();
  const std::string fields = basic("alice:wonder:land");
  EXPECT_EQ(client.call(post("/echo", "a", fields)).field("X-User"), "alice");
  EXPECT_EQ(client.call(post("/echo", "a", fields)).field("X-User"), "alice");
  // What was right once says nothing about another request of the same connection.
  EXPECT_EQ(client.call(get("/count")).status, 401);
  for (const std::string_view wrong : {"alice:wonderland", "bob:wonder:land", "alice", ""}) {
    EXPECT_EQ(broker.call(get("/count", basic(wrong))).status, 401) << wrong;
  }
  EXPECT_EQ(broker.call(get("/count", "Authorization: Digest x\r\n")).status, 401);
  EXPECT_EQ(
      broker.call(post("/echo", "a", "Authorization: Bearer koine_secret\r\n")).field("X-User"),
      "robot");
  EXPECT_EQ(broker.call(get("/count", "Authorization: Bearer koine_guess\r\n")).status, 401);
  EXPECT_EQ(broker.statistics().refused_logins, 8U);
}

TEST(Http1Session, ASlowHeadOrBodyEndsTheConnection) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  // A byte every five seconds is something that moves, and still too slow.
  bool is_open = true;
  int bytes = 0;
  for (const char byte : std::string(livez)) {
    is_open = client.send(std::string(1, byte));
    if (!is_open) break;
    broker.world().run_for(std::chrono::seconds(5));
    ++bytes;
  }
  EXPECT_FALSE(is_open);
  EXPECT_LE(bytes, 4);
  EXPECT_TRUE(broker.log().has("a head did not arrive in time"));

  TestClient other = broker.connect();
  other.send(post("/echo", "abc").substr(0, post("/echo", "abc").size() - 1));
  EXPECT_TRUE(other.is_ended());
  broker.world().run_for(std::chrono::seconds(1));
  EXPECT_TRUE(broker.log().has("a body did not arrive in time"));
  TestClient idle = broker.connect();
  EXPECT_TRUE(idle.is_ended());
  broker.world().run_for(std::chrono::seconds(1));
  EXPECT_EQ(broker.statistics().timed_out_connections, 3U);
  EXPECT_EQ(broker.open_connections(), 0U);
}

TEST(Http1Session, ABodyIsMadeAsFastAsItIsRead) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect({.buffer_bytes_max = 4096});
  client.send(get("/count?parts=100000&bytes=100"));
  broker.world().run_for(std::chrono::seconds(1));
  EXPECT_LT(broker.statistics().bytes_sent, 64U * KiB);
  EXPECT_EQ(client.receive().body.size(), 10'000'000U);
}

TEST(Http1Session, AReaderThatTakesNothingIsGivenUp) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect({.buffer_bytes_max = 4096});
  client.send(get("/count?parts=100000&bytes=100"));
  broker.world().run_for(std::chrono::minutes(2));
  EXPECT_EQ(broker.open_connections(), 0U);
  EXPECT_TRUE(broker.log().has("the peer took nothing for too long"));
}

TEST(Http1Session, EventsComeUntilTheClientGoesAway) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send(get("/events"));
  const Answered head = client.receive_head();
  EXPECT_EQ(head.field("Content-Type"), "text/event-stream");
  for (int n = 0; n < 200; ++n) EXPECT_EQ(client.receive_chunk(), ":\n");
  EXPECT_EQ(broker.open_connections(), 1U);
  client.close();
  broker.world().run_for(std::chrono::seconds(1));
  EXPECT_EQ(broker.open_connections(), 0U);
}

TEST(Http1Session, DrainingEndsEventsAndWaitsWell) {
  TestBroker broker(with_test_routes());
  TestClient events = broker.connect();
  events.send(get("/events"));
  EXPECT_EQ(events.receive_head().status, 200);
  TestClient waiting = broker.connect();
  waiting.send(get("/wait"));
  TestClient idle = broker.connect();
  EXPECT_EQ(idle.call(post("/echo", "a")).status, 200);
  broker.drain();
  EXPECT_EQ(events.receive_chunk(), "");
  const Answered answer = waiting.receive();
  EXPECT_EQ(answer.body, "draining");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(idle.is_ended());
  EXPECT_TRUE(waiting.is_ended());
  EXPECT_TRUE(events.is_ended());
}

TEST(Http1Session, ABodyWithoutEndIsTheLastOfItsConnection) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send(get("/events"));
  EXPECT_EQ(client.receive_head().field("Connection"), "close");
  EXPECT_EQ(client.receive_chunk(), ":\n");
  EXPECT_EQ(broker.statistics().streams_open, 1U);
  // What it says now is not heard.
  client.send(post("/echo", "one"));
  EXPECT_EQ(client.receive_chunk(), ":\n");
  EXPECT_EQ(broker.statistics().requests_total(), 1U);
  client.close();
  broker.world().run_for(std::chrono::seconds(2));
  EXPECT_EQ(broker.statistics().streams_open, 0U);
  EXPECT_EQ(broker.open_connections(), 0U);
}

TEST(Http1Session, ABodyWithoutEndThatNobodyTakesIsGivenUp) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect({.buffer_bytes_max = 1000});
  client.send(get("/events?bytes=2000"));
  EXPECT_EQ(client.receive_head().status, 200);
  broker.world().run_for(std::chrono::seconds(70));
  EXPECT_EQ(broker.open_connections(), 0U);
  EXPECT_EQ(broker.statistics().timed_out_connections, 1U);
  EXPECT_TRUE(broker.log().has("the peer took nothing for too long"));
}

TEST(Http1Session, ASlowReaderGetsAllOfABodyWithoutEnd) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect({.buffer_bytes_max = 1000});
  client.send(get("/events?bytes=20000"));
  EXPECT_EQ(client.receive_head().status, 200);
  for (int n = 0; n < 3; ++n) {
    EXPECT_EQ(client.receive_chunk(), ":" + std::string(20'000, 'x') + "\n");
  }
  broker.drain();
  EXPECT_EQ(client.receive_chunk(), "");
  EXPECT_TRUE(client.is_ended());
}

TEST(Http1Session, ABodyWithoutEndOverHttp10EndsWithTheConnection) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send("GET /events HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.receive_head().field("Transfer-Encoding"), "");
  EXPECT_EQ(client.take_at_most(4), ":\n:\n");
  broker.drain();
  EXPECT_TRUE(client.is_ended());
}

TEST(Http1Session, EventsBehindWhatIsReadAheadAreSentAllTheSame) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect({.buffer_bytes_max = 1000});
  client.send(get("/count?parts=100&bytes=1000"));
  EXPECT_EQ(client.receive_head().status, 200);
  client.send(get("/events"));
  while (!client.receive_chunk().empty()) {
  }
  EXPECT_EQ(client.receive_head().status, 200);
  EXPECT_EQ(client.receive_chunk(), ":\n");
  client.close();
  broker.world().run_for(std::chrono::seconds(2));
  EXPECT_EQ(broker.open_connections(), 0U);
}

TEST(Http1Session, ALongPollEndsWhenTheClientGoesAway) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send(get("/wait"));
  broker.world().run_for(std::chrono::seconds(1));
  EXPECT_EQ(broker.open_connections(), 1U);
  client.close();
  broker.world().run_for(std::chrono::seconds(1));
  EXPECT_EQ(broker.open_connections(), 0U);
}

TEST(Http1Session, WhatIsReadWhileARequestWaitsIsNotLost) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send(get("/count?parts=3&bytes=20000"));
  EXPECT_EQ(client.receive_head().status, 200);
  client.send(post("/echo", "one") + post("/echo", "two"));
  while (!client.receive_chunk().empty()) {
  }
  EXPECT_EQ(client.receive().body, "one");
  EXPECT_EQ(client.receive().body, "two");
  EXPECT_EQ(client.call(post("/echo", "three")).body, "three");
}

TEST(Http1Session, ABodyThatFailsIsCutOff) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send(get("/broken"));
  EXPECT_TRUE(client.receive_all().ends_with("4\r\npart\r\n"));
  client.close();
  broker.world().run_for(std::chrono::seconds(2));
  EXPECT_TRUE(broker.log().has("making a body: the disk said no"));
}

TEST(Http1Session, AHandlerMayTakeTheConnectionOver) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  EXPECT_EQ(client.call(get("/tunnel")).status, 426);
  // Something comes with the request already.
  client.send(get("/tunnel", "Connection: Upgrade\r\nUpgrade: echo\r\n") + "hello");
  const Answered head = client.receive_head();
  EXPECT_EQ(head.status, 101);
  EXPECT_EQ(head.field("Upgrade"), "echo");
  EXPECT_EQ(head.field("X-Tunnel"), "yes");
  client.send(" world");
  client.end_writing();
  EXPECT_EQ(client.receive_all(), "hello world");
  EXPECT_EQ(broker.statistics().tunnels_open, 0U);
}

TEST(Http1Session, DrainingTellsTunnels) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send(get("/tunnel", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
  EXPECT_EQ(client.receive_head().status, 101);
  broker.drain();
  client.send("x");
  EXPECT_TRUE(client.is_ended());
}

TEST(Http1Session, AnUpgradeBehindALongPollIsRefused) {
  TestBroker broker(with_test_routes());
  TestClient client = broker.connect();
  client.send(get("/count?parts=1000&bytes=1000") +
              get("/tunnel", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
  EXPECT_EQ(client.receive().status, 200);
  const Answered answer = client.receive();
  EXPECT_TRUE(answer.status == 400 || answer.status == 101) << answer.status;
}

}  // namespace
}  // namespace koine::http
