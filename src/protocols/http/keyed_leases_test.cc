// What is done with leases, with an Idempotency-Key: once, and answered as the first time although no lease survives a restart.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "protocols/http/keyed_test_bench.h"

namespace koine::http {
namespace {

class KeyedLeases : public KeyedBench {
 protected:
  // One lease, with its quotes.
  std::string take() {
    const auto leases = leases_in(call(request("POST", "/v1/queues/q/leases", "{}")).body);
    CHECK(leases.size() == 1);
    return leases.front();
  }
  static std::string target_of(std::string_view lease) {
    return fmt::format("/v1/queues/q/leases/{}", lease.substr(1, lease.size() - 2));
  }
};

TEST_P(KeyedLeases, AMessageIsAckedOnce) {
  call(request("PUT", "/v1/queues/q"));
  call(request("POST", "/v1/queues/q/messages", "x"));
  const std::string ack = target_of(take());
  EXPECT_EQ(call_thrice(request("DELETE", ack, "", key("k"))).status, 204);
  EXPECT_EQ(call(request("DELETE", ack, "", key("other"))).status, 409);
  EXPECT_TRUE(get("/v1/queues/q").body.contains(R"("unsettled":0,)"));
  EXPECT_EQ(ready("q"), 0);
}

TEST_P(KeyedLeases, ManyAreSettledOnce) {
  call(request("PUT", "/v1/queues/q"));
  for (int n = 0; n < 5; ++n) call(request("POST", "/v1/queues/q/messages", "x"));
  const auto leases = leases_in(call(request("POST", "/v1/queues/q/leases", R"({"max":4})")).body);
  ASSERT_EQ(leases.size(), 4);
  const std::string settle = "/v1/queues/q/leases/settle";
  EXPECT_EQ(
      call_thrice(request("POST", settle, fmt::format(R"({{"ack":[{}]}})", leases[0]), key("a")))
          .body,
      R"({"settled":1,"lost":[]})");
  EXPECT_EQ(ready("q"), 4);
  // The server was started again: all leases are lost.
  const std::string some = fmt::format(R"({{"ack":[{}],"release":[{}]}})", leases[1], leases[2]);
  EXPECT_EQ(call_thrice(request("POST", settle, some, key("b"))).body,
            fmt::format(R"({{"settled":0,"lost":[{},{}]}})", leases[1], leases[2]));
  EXPECT_EQ(ready("q"), 4);
}

TEST_P(KeyedLeases, WhatIsLostOfManyIsSaidAgain) {
  call(request("PUT", "/v1/queues/q"));
  for (int n = 0; n < 2; ++n) call(request("POST", "/v1/queues/q/messages", "x"));
  const std::string held = take();
  const std::string lost = take();
  call(request("POST", "/v1/queues/q/leases/settle", fmt::format(R"({{"release":[{}]}})", lost)));
  EXPECT_EQ(call_thrice(request("POST", "/v1/queues/q/leases/settle",
                                fmt::format(R"({{"ack":[{},{}]}})", held, lost), key("k")))
                .body,
            fmt::format(R"({{"settled":1,"lost":[{}]}})", lost));
  EXPECT_EQ(ready("q"), 1);
}

TEST_P(KeyedLeases, AReleaseDoesNotTakeTheMessageFromWhoHasItThen) {
  call(request("PUT", "/v1/queues/q"));
  call(request("POST", "/v1/queues/q/messages", "x"));
  const std::string release = request("POST", target_of(take()) + "/release", "", key("k"));
  EXPECT_EQ(call(release).status, 204);
  const std::string next = take();
  EXPECT_EQ(call(release).field("Idempotency-Replayed"), "true");
  EXPECT_EQ(call(request("DELETE", target_of(next))).status, 204);
  EXPECT_EQ(call(request("POST", target_of(next) + "/release", "", key("lost"))).status, 409);
}

TEST_P(KeyedLeases, AnExtensionIsSaidAgainAndNotDoneAgain) {
  call(request("PUT", "/v1/queues/q"));
  call(request("POST", "/v1/queues/q/messages", "x"));
  const std::string lease = target_of(take());
  const std::string extend = request("PATCH", lease, R"({"lease_ms":60000})", key("k"));
  EXPECT_EQ(call(extend).status, 204);
  broker_.world().run_for(std::chrono::seconds(50));
  EXPECT_EQ(call(extend).status, 204);
  EXPECT_EQ(ready("q"), 0);
  broker_.world().run_for(std::chrono::seconds(20));
  EXPECT_EQ(ready("q"), 1);
  broker_.restart();
  const Answered again = call(extend);
  EXPECT_EQ(again.status, 204);
  EXPECT_EQ(again.field("Idempotency-Replayed"), "true");
  EXPECT_EQ(call(request("PATCH", lease, R"({"lease_ms":60000})", key("new"))).status, 409);
}

// The dead letter queues are on all shards.
TEST_P(KeyedLeases, AMessageIsRejectedOnce) {
  for (int n = 0; n < 4; ++n) {
    const std::string dead = fmt::format("dead{}", n);
    call(request("PUT", "/v1/queues/" + dead));
    call(request(
        "PUT", "/v1/queues/q",
        fmt::format(R"({{"dead_letter_exchange":"","dead_letter_routing_key":"{}"}})", dead)));
    call(request("POST", "/v1/queues/q/messages", "x"));
    const std::string reject = request("POST", target_of(take()) + "/reject", "", key(dead));
    EXPECT_EQ(call_thrice(reject).status, 204);
    EXPECT_EQ(ready("q"), 0);
    EXPECT_EQ(ready(dead), 1);
    EXPECT_TRUE(get("/v1/queues/" + dead + "/messages").body.contains("rejected"));
    call(request("DELETE", "/v1/queues/q"));
  }
}

TEST_P(KeyedLeases, ManyAreRejectedOnce) {
  call(request("PUT", "/v1/queues/dead"));
  call(request("PUT", "/v1/queues/q",
               R"({"dead_letter_exchange":"","dead_letter_routing_key":"dead"})"));
  for (int n = 0; n < 4; ++n) call(request("POST", "/v1/queues/q/messages", "x"));
  const auto leases = leases_in(call(request("POST", "/v1/queues/q/leases", R"({"max":4})")).body);
  ASSERT_EQ(leases.size(), 4);
  call(request("DELETE", target_of(leases[3])));
  const std::string body = fmt::format(R"({{"ack":[{}],"release":[{}],"reject":[{},{}]}})",
                                       leases[0], leases[1], leases[2], leases[3]);
  EXPECT_EQ(call_thrice(request("POST", "/v1/queues/q/leases/settle", body, key("k"))).body,
            fmt::format(R"({{"settled":3,"lost":[{}]}})", leases[3]));
  EXPECT_EQ(ready("q"), 1);
  EXPECT_EQ(ready("dead"), 1);
}

TEST_P(KeyedLeases, WhatIsRejectedWithoutAPlaceToGoToIsGone) {
  call(request("PUT", "/v1/queues/q"));
  call(request("POST", "/v1/queues/q/messages", "x"));
  const std::string reject = request("POST", target_of(take()) + "/reject", "", key("k"));
  EXPECT_EQ(call_thrice(reject).status, 204);
  EXPECT_EQ(ready("q"), 0);
}

TEST_P(KeyedLeases, TheSameMessagesAreLeasedAgainAsLongAsTheyAre) {
  call(request("PUT", "/v1/queues/q"));
  for (int n = 0; n < 4; ++n) call(request("POST", "/v1/queues/q/messages", "x"));
  const std::string lease =
      request("POST", "/v1/queues/q/leases", R"({"max":3,"lease_ms":60000})", key("k"));
  const Answered first = call(lease);
  const auto leases = leases_in(first.body);
  ASSERT_EQ(leases.size(), 3);
  const Answered again = call(lease);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.field("Idempotency-Replayed"), "true");
  EXPECT_EQ(call(request("POST", "/v1/queues/q/leases", R"({"max":2})", key("k"))).status, 422);
  EXPECT_EQ(call(request("PUT", "/v1/topics/t", "", key("k"))).status, 422);
  EXPECT_EQ(ready("q"), 1);
  // What is settled is not given again.
  EXPECT_EQ(call(request("DELETE", target_of(leases[1]))).status, 204);
  EXPECT_EQ(leases_in(call(lease).body), (std::vector{leases[0], leases[2]}));
  // When all have ended it is a request as any other.
  broker_.world().run_for(std::chrono::seconds(61));
  const Answered anew = call(lease);
  EXPECT_EQ(anew.field("Idempotency-Replayed"), "");
  EXPECT_EQ(leases_in(anew.body).size(), 3);
  EXPECT_NE(leases_in(anew.body).front(), leases.front());
  broker_.restart();
  EXPECT_EQ(call(lease).field("Idempotency-Replayed"), "");
}

TEST_P(KeyedLeases, WhoGotNothingIsGivenWhatCameSince) {
  call(request("PUT", "/v1/queues/q"));
  const std::string lease = request("POST", "/v1/queues/q/leases", "{}", key("k"));
  EXPECT_EQ(call(lease).body, R"({"messages":[]})");
  call(request("POST", "/v1/queues/q/messages", "x"));
  EXPECT_EQ(leases_in(call(lease).body).size(), 1);
}

TEST_P(KeyedLeases, MessagesOfADeletedQueueAreNotGivenAgain) {
  call(request("PUT", "/v1/queues/q"));
  call(request("POST", "/v1/queues/q/messages", "x"));
  const std::string lease = request("POST", "/v1/queues/q/leases", "{}", key("k"));
  EXPECT_EQ(leases_in(call(lease).body).size(), 1);
  call(request("DELETE", "/v1/queues/q"));
  EXPECT_EQ(call(lease).status, 404);
  call(request("PUT", "/v1/queues/q"));
  EXPECT_EQ(call(lease).body, R"({"messages":[]})");
}

INSTANTIATE_TEST_SUITE_P(Shards, KeyedLeases, testing::Values(1, 2, 3));

}  // namespace
}  // namespace koine::http
