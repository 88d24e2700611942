#include "protocols/http/dispatch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/users.h"
#include "protocols/http/session_test_bench.h"

namespace koine::http {
namespace {

std::string get(std::string_view target, std::string_view host, std::string_view fields = {}) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", target, host, fields);
}

TEST(Host, ANameThatLeadsHereIsNotEnough) {
  TestBroker broker({.broker = {.hosts = {"shop.test"}}});
  for (const char* host : {"evil.example", "evil.example:8080", "localhost.evil.example",
                           "127.0.0.1.evil.example", "127.evil.example", "notlocalhost",
                           "10.0.0.1:8080", "[::2]", "[::1].evil.example", "127.0.0.1@evil"}) {
    const Answered answer = broker.call(get("/livez", host));
    EXPECT_TRUE(answer.status == 421 || answer.status == 400) << host << ": " << answer.status;
  }
  const Answered refused = broker.call(get("/v1/topics", "evil.example:8080"));
  EXPECT_EQ(refused.status, 421);
  EXPECT_TRUE(refused.body.contains("not known as evil.example:8080")) << refused.body;
  EXPECT_TRUE(refused.body.contains("http.hosts"));
}

TEST(Host, LoopbackAndWhatIsSetIsServed) {
  TestBroker broker({.broker = {.hosts = {"shop.test"}}});
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:8080", "127.1.2.3", "localhost", "LOCALHOST:7700", "localhost.",
        "a.b.localhost:80", "[::1]", "[::1]:8080", "shop.test", "Shop.Test.:9"}) {
    EXPECT_EQ(broker.call(get("/livez", host)).status, 200) << host;
  }
  // No browser leaves it out.
  EXPECT_EQ(broker.call("GET /livez HTTP/1.0\r\n\r\n").status, 200);
}

TEST(Host, AWebSocketAndAPreflightAreNoExceptions) {
  TestBroker broker({.broker = {.hosts = {"shop.test"}}});
  EXPECT_EQ(broker
                .call(get("/v1/stream", "evil.example",
                          "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                          "Sec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          "Origin: http://evil.example\r\n"))
                .status,
            421);
  EXPECT_EQ(broker
                .call("OPTIONS /v1/topics HTTP/1.1\r\nHost: evil.example\r\n"
                      "Access-Control-Request-Method: PUT\r\n\r\n")
                .status,
            421);
}

TEST(Host, AnyNameWillDoWhereAccessIsDecidedOtherwise) {
  TestBroker open({.broker = {.hosts = {"shop.test"}, .allows_anonymous = true}});
  EXPECT_EQ(open.call(get("/livez", "evil.example")).status, 200);
  core::Users users;
  users.add("anna", core::ScramCredential::derive(core::ScramHash::sha256, "secret",
                                                  as_bytes("salt"), 4096));
  TestBroker closed({.broker = {.hosts = {"shop.test"},
                                .users = std::make_shared<const core::Users>(std::move(users))}});
  EXPECT_EQ(closed.call(get("/livez", "evil.example")).status, 200);
  EXPECT_EQ(closed.call(get("/v1/topics", "evil.example")).status, 401);
}

TEST(KoineFields, EachRouteTakesThoseThatItKnows) {
  TestBroker broker;
  const auto refused = [&](std::string_view method, std::string_view target, std::string_view field,
                           std::string_view body = "") {
    const Answered answer = broker.call(
        fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{}\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    method, target, field, body.size(), body));
    return answer.status == 400 ? answer.body : std::to_string(answer.status);
  };
  EXPECT_TRUE(
      refused("GET", "/livez", "Koine-Key: k").contains("Koine-Key: is unknown; known here: none"));
  EXPECT_TRUE(
      refused("PUT", "/v1/topics/t", "KOINE-Partition: 1", "{}").contains("KOINE-Partition"));
  EXPECT_EQ(refused("PUT", "/v1/topics/t", "Koin-Partition: 1", "{}"), "201");
  EXPECT_TRUE(refused("GET", "/v1/topics/t/records", "Koine-Wait: 1").contains("Koine-Wait"));
  EXPECT_TRUE(refused("GET", "/v1/topics/t/events", "koine-offset: 1").contains("koine-offset"));
  EXPECT_TRUE(refused("GET", "/v1/stream", "Koine-Key: 1").contains("Koine-Key"));
  EXPECT_EQ(refused("PUT", "/v1/queues/q", "X-Koine: 1", "{}"), "201");
  EXPECT_TRUE(refused("POST", "/v1/queues/q/messages", "Koine-Routing-Key: k", "1")
                  .contains("Koine-Routing-Key: is unknown; known here: Koine-Message-Id"));
  EXPECT_TRUE(refused("POST", "/v1/queues/q/messages", "Koine-Header-: k", "1")
                  .contains("Koine-Header-: is unknown"));
  EXPECT_EQ(refused("POST", "/v1/queues/q/messages", "Koine-Header-A: k", "1"), "201");
}

TEST(KoineFields, OfOneAreRefusedWithMany) {
  TestBroker broker;
  ASSERT_EQ(broker.call("PUT /v1/topics/t HTTP/1.1\r\nHost: x\r\n\r\n").status, 201);
  const auto post = [&](std::string_view target, std::string_view type, std::string_view field,
                        std::string_view body) {
    return broker.call(
        fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/{}\r\n{}\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    target, type, field, body.size(), body));
  };
  constexpr std::string_view records = R"({"records":[{"value":1}]})";
  EXPECT_EQ(post("/v1/topics/t/records", "vnd.koine.records+json", "X-A: 1", records).status, 201);
  const Answered one =
      post("/v1/topics/t/records", "vnd.koine.records+json", "Koine-Key: k", records);
  EXPECT_EQ(one.status, 400);
  EXPECT_TRUE(one.body.contains("Koine-Key: is about one")) << one.body;
  EXPECT_EQ(post("/v1/topics/t/records", "vnd.koine.records+json", "ce-id: 7", records).status,
            400);
  EXPECT_EQ(
      post("/v1/topics/t/records", "cloudevents-batch+json", "Koine-Partition: 0", "[]").status,
      400);
  constexpr std::string_view messages = R"({"messages":[{"value":1}]})";
  const auto publish = [&](std::string_view field) {
    return post("/v1/exchanges/amq.default/messages", "vnd.koine.messages+json", field, messages)
        .status;
  };
  EXPECT_EQ(publish("Koine-Routing-Key: k"), 201);
  EXPECT_EQ(publish("Koine-Priority: 1"), 400);
}

}  // namespace
}  // namespace koine::http
