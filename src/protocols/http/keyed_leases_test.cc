// What is done with leases, with an Idempotency-Key: once, and answered as the first time although no lease survives a restart.
#include <fmt/format.h>
#include <gtest/gtest.h>

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
  EXPECT_EQ(call(request("POST", settle, fmt::format(R"({{"reject":[{}]}})", leases[0]), key("r")))
                .status,
            501);
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

INSTANTIATE_TEST_SUITE_P(Shards, KeyedLeases, testing::Values(1, 2, 3));

}  // namespace
}  // namespace koine::http
