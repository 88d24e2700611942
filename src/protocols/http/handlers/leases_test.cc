// Leases as HTTP clients meet them.
#include "protocols/http/handlers/leases.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "protocols/http/session_test_bench.h"

namespace koine::http {
namespace {

struct Leases : testing::Test {
  TestBroker broker{{.shard_count = 2}};

  Leases() {
    call("PUT", "/v1/queues/dead");
    call("PUT", "/v1/queues/work",
         R"({"dead_letter_exchange":"","dead_letter_routing_key":"dead"})");
  }
  static std::string request(std::string_view method, std::string_view target,
                             std::string_view body = {}) {
    return fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", method, target,
                       body.size(), body);
  }
  Answered call(std::string_view method, std::string_view target, std::string_view body = {}) {
    return broker.call(request(method, target, body));
  }
  Answered lease(std::string_view body = {}) {
    return call("POST", "/v1/queues/work/leases", body);
  }
  void send(std::string_view body) { call("POST", "/v1/queues/work/messages", body); }
  // The names in an answer.
  static std::vector<std::string> names_in(const std::string& body) {
    std::vector<std::string> names;
    constexpr std::string_view member = R"("lease":")";
    for (std::size_t at = body.find(member); at != std::string::npos;
         at = body.find(member, at + 1)) {
      const std::size_t begin = at + member.size();
      names.push_back(body.substr(begin, body.find('"', begin) - begin));
    }
    return names;
  }
  int settle(std::string_view method, const std::string& name, std::string_view what = {}) {
    return call(method, fmt::format("/v1/queues/work/leases/{}{}", name, what)).status;
  }
  std::string ready() {
    const std::string body = call("GET", "/v1/queues/work").body;
    const std::size_t at = body.find("\"ready\"");
    return body.substr(at, body.find(',', body.find("unsettled")) - at);
  }
};

TEST_F(Leases, AMessageIsLeasedAndAckedOnce) {
  send("hello");
  const Answered leased = lease();
  EXPECT_TRUE(leased.body.contains(R"("value":"hello")")) << leased.body;
  EXPECT_EQ(ready(), R"("ready":0,"unsettled":1)");
  const auto names = names_in(leased.body);
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(settle("DELETE", names[0]), 204);
  EXPECT_EQ(settle("DELETE", names[0]), 409);
  EXPECT_EQ(ready(), R"("ready":0,"unsettled":0)");
  EXPECT_EQ(lease().body, R"({"messages":[]})");
}

TEST_F(Leases, AreReleasedRejectedExtendedAndLost) {
  for (const std::string_view body : {"1", "2", "3"}) send(body);
  const auto names = names_in(lease(R"({"max":10,"lease_ms":1000})").body);
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(settle("POST", names[0], "/release"), 204);
  EXPECT_EQ(settle("POST", names[1], "/reject"), 204);
  EXPECT_EQ(call("PATCH", "/v1/queues/work/leases/" + names[2], R"({"lease_ms":60000})").status,
            204);
  broker.world().run_for(std::chrono::seconds(2));
  EXPECT_EQ(ready(), R"("ready":1,"unsettled":1)");
  broker.world().run_for(std::chrono::seconds(60));
  EXPECT_EQ(ready(), R"("ready":2,"unsettled":0)");
  EXPECT_EQ(settle("DELETE", names[2]), 409);
  EXPECT_TRUE(call("GET", "/v1/queues/dead/messages").body.contains(R"("value":"2")"));
}

TEST_F(Leases, ManyAreSettledAtOnce) {
  for (const std::string_view body : {"1", "2", "3"}) send(body);
  const auto names = names_in(lease(R"({"max":3})").body);
  ASSERT_EQ(names.size(), 3U);
  const std::string body =
      fmt::format(R"({{"ack":["{}","{}"],"release":["{}"]}})", names[0], names[1], names[2]);
  EXPECT_EQ(call("POST", "/v1/queues/work/leases/settle", body).body, R"({"settled":3,"lost":[]})");
  EXPECT_EQ(
      call("POST", "/v1/queues/work/leases/settle", body).body,
      fmt::format(R"({{"settled":0,"lost":["{}","{}","{}"]}})", names[0], names[1], names[2]));
}

TEST_F(Leases, ALongPollGetsWhatComes) {
  TestClient waiting = broker.connect();
  waiting.send(request("POST", "/v1/queues/work/leases", R"({"wait_ms":60000,"max":5})"));
  broker.world().run_for(std::chrono::seconds(10));
  EXPECT_TRUE(waiting.received().empty());
  send("hello");
  EXPECT_TRUE(waiting.receive().body.contains(R"("value":"hello")"));
}

TEST_F(Leases, ALongPollWhoseClientLeavesTakesNothingAlong) {
  TestClient leaving = broker.connect();
  leaving.send(request("POST", "/v1/queues/work/leases", R"({"wait_ms":60000})"));
  broker.world().run_for(std::chrono::seconds(1));
  leaving.close();
  broker.world().run_for(std::chrono::seconds(1));
  send("hello");
  EXPECT_EQ(ready(), R"("ready":1,"unsettled":0)");
}

TEST_F(Leases, ALongPollEndsWhenTheServerDrains) {
  TestClient waiting = broker.connect();
  waiting.send(request("POST", "/v1/queues/work/leases", R"({"wait_ms":60000})"));
  broker.world().run_for(std::chrono::seconds(1));
  broker.drain();
  EXPECT_EQ(waiting.receive().body, R"({"messages":[]})");
}

TEST_F(Leases, WhatIsWrongIsNamed) {
  EXPECT_TRUE(lease(R"({"max":0})").body.contains("body.max: found 0, expected 1 to 1000"));
  EXPECT_TRUE(lease(R"({"wait":5})").body.contains("body.wait: unknown field"));
  EXPECT_EQ(lease(R"({"wait_ms":60001})").status, 400);
  EXPECT_EQ(call("POST", "/v1/queues/none/leases").status, 404);
  EXPECT_EQ(settle("DELETE", "nonsense"), 409);
  send("1");
  const auto names = names_in(lease().body);
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(call("DELETE", "/v1/queues/dead/leases/" + names[0]).status, 409);
  EXPECT_EQ(call("PATCH", "/v1/queues/work/leases/" + names[0], "{}").status, 400);
}

}  // namespace
}  // namespace koine::http
