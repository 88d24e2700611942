// Writes with an Idempotency-Key: the first answer again, also after a restart; and whatever happens, what they do is done once.
#include "protocols/http/keyed_request.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "protocols/http/keyed_test_bench.h"
#include "protocols/http/test_routes.h"

namespace koine::http {
namespace {

using KeyedRequests = KeyedBench;

TEST_P(KeyedRequests, ARecordIsAppendedOnce) {
  const std::string post =
      request("POST", "/v1/topics/orders/records", "x", key("k") + "Koine-Partition: 1\r\n");
  const Answered answer = call_thrice(post);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.field("Location"), "/v1/topics/orders/partitions/1/records/0");
  EXPECT_EQ(record_count(), 1);
  // Without a key it is another one.
  EXPECT_EQ(call(request("POST", "/v1/topics/orders/records", "x")).status, 201);
  EXPECT_EQ(record_count(), 2);
}

TEST_P(KeyedRequests, AnotherRequestWithTheKeyIsRefused) {
  const std::string target = "/v1/topics/orders/records";
  EXPECT_EQ(call(request("POST", target, "x", key("k"))).status, 201);
  EXPECT_EQ(call(request("POST", target, "y", key("k"))).status, 422);
  EXPECT_EQ(call(request("POST", target, "x", key("k") + "Koine-Key: a\r\n")).status, 422);
  EXPECT_EQ(call(request("POST", target, "x", key("k") + "Content-Type: a/b\r\n")).status, 422);
  EXPECT_EQ(call(request("PUT", "/v1/topics/other", "", key("k"))).status, 422);
  // Who traces gives each try an id of its own.
  EXPECT_EQ(call(request("POST", target, "x", key("k") + "traceparent: 00-b\r\n")).status, 201);
  broker_.restart();
  const Answered other = call(request("POST", target, "y", key("k")));
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.field("Content-Type"), "application/problem+json");
  EXPECT_EQ(record_count(), 1);
}

TEST_P(KeyedRequests, KeysAreChecked) {
  const std::string target = "/v1/topics/orders/records";
  EXPECT_EQ(call(request("POST", target, "x", key(""))).status, 400);
  EXPECT_EQ(call(request("POST", target, "x", key("a b"))).status, 400);
  EXPECT_EQ(call(request("POST", target, "x", key(std::string(256, 'k')))).status, 400);
  EXPECT_EQ(call(request("POST", target, "x", key("a") + key("a"))).status, 400);
  EXPECT_EQ(record_count(), 0);
  EXPECT_EQ(call(request("POST", target, "x", key(std::string(255, 'k')))).status, 201);
}

TEST_P(KeyedRequests, WhatFailsIsTriedAgain) {
  const std::string post = request("POST", "/v1/topics/later/records", "x", key("k"));
  EXPECT_EQ(call(post).status, 404);
  EXPECT_EQ(call(request("PUT", "/v1/topics/later")).status, 201);
  EXPECT_EQ(call(post).status, 201);
}

TEST_P(KeyedRequests, OneThatStillRunsIsNotDoneASecondTime) {
  const std::string post = request("POST", "/v1/topics/orders/records", "x", key("k"));
  TestClient first = broker_.connect();
  TestClient second = broker_.connect({}, GetParam() - 1);
  ASSERT_TRUE(first.send(post) && second.send(post));
  const Answered one = first.receive();
  const Answered other = second.receive();
  EXPECT_EQ(std::min(one.status, other.status), 201);
  EXPECT_EQ(std::max(one.status, other.status), 409);
  EXPECT_EQ((one.status == 409 ? one : other).field("Retry-After"), "1");
  EXPECT_EQ(call(post).status, 201);
  EXPECT_EQ(record_count(), 1);
}

TEST_P(KeyedRequests, ManyRecordsHaveOneAnswer) {
  std::string body = R"({"records":[)";
  for (int n = 0; n < 30; ++n) body += fmt::format(R"({}{{"key":"k{}"}})", n == 0 ? "" : ",", n);
  body += "]}";
  const std::string target = "/v1/topics/orders/records";
  const Answered answer =
      call_thrice(request("POST", target, body, key("many") + std::string(records_type)));
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(count_of(answer.body, "offset"), 30);
  EXPECT_EQ(record_count(), 30);
  // All in one partition: one piece.
  const Answered one =
      call_thrice(request("POST", target, R"({"records":[{"value":1},{"value":2}]})",
                          key("one") + std::string(records_type)));
  EXPECT_EQ(count_of(one.body, "offset"), 2);
  EXPECT_EQ(record_count(), 32);
}

TEST_P(KeyedRequests, TooManyAreRefused) {
  std::string body = R"({"records":[{})";
  for (int n = 0; n < 1000; ++n) body += ",{}";
  const Answered answer = call(request("POST", "/v1/topics/orders/records", body + "]}",
                                       key("k") + std::string(records_type)));
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(answer.body.contains("1 to 1000 with an Idempotency-Key")) << answer.body;
}

TEST_P(KeyedRequests, MessagesAreSentOnce) {
  call(request("PUT", "/v1/queues/email"));
  const std::string target = "/v1/queues/email/messages";
  EXPECT_EQ(call_thrice(request("POST", target, "hello", key("k"))).body, R"({"sent":1})");
  EXPECT_EQ(ready("email"), 1);
  EXPECT_EQ(call_thrice(request("POST", target, R"({"messages":[{"value":1},{"value":2}]})",
                                key("many") + std::string(messages_type)))
                .body,
            R"({"sent":2})");
  EXPECT_EQ(ready("email"), 3);
  EXPECT_EQ(
      call_thrice(request("POST", target, "later", key("d") + "Koine-Delay-Ms: 1000\r\n")).status,
      201);
  broker_.world().run_for(std::chrono::seconds(3));
  EXPECT_EQ(ready("email"), 4);
}

TEST_P(KeyedRequests, WhatIsPublishedReachesEachQueueOnce) {
  call(request("PUT", "/v1/exchanges/news", R"({"type":"fanout"})"));
  for (const std::string& each : bound_queues("news", 6)) call(each);
  EXPECT_EQ(call_thrice(request("POST", "/v1/exchanges/news/messages", "x", key("k"))).body,
            R"({"routed":6})");
  for (int n = 0; n < 6; ++n) EXPECT_EQ(ready(fmt::format("q{}", n)), 1) << n;
  EXPECT_EQ(call_thrice(request("POST", "/v1/exchanges/news/messages", "x", key("none"))).status,
            201);
  for (int n = 0; n < 6; ++n) EXPECT_EQ(ready(fmt::format("q{}", n)), 2) << n;
}

TEST_P(KeyedRequests, AQueueThatWasFullForSomeIsSaidAgain) {
  call(request("PUT", "/v1/queues/email", R"({"length_max":1,"overflow":"reject_publish"})"));
  const Answered answer = call_thrice(request("POST", "/v1/queues/email/messages",
                                              R"({"messages":[{"value":1},{"value":2}]})",
                                              key("k") + std::string(messages_type)));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(ready("email"), 1);
}

TEST_P(KeyedRequests, WhatExistsIsChangedOnce) {
  EXPECT_EQ(call_thrice(request("PUT", "/v1/topics/a", "", key("1"))).status, 201);
  EXPECT_EQ(call_thrice(request("PUT", "/v1/topics/a", R"({"partitions":2})", key("2"))).status,
            200);
  EXPECT_EQ(call_thrice(request("DELETE", "/v1/topics/a", "", key("3"))).status, 204);
  // It stays deleted.
  EXPECT_EQ(call(request("PUT", "/v1/topics/a", "", key("1"))).status, 201);
  EXPECT_EQ(get("/v1/topics/a").status, 404);

  EXPECT_EQ(call_thrice(request("PUT", "/v1/queues/q", "", key("4"))).status, 201);
  EXPECT_EQ(call_thrice(request("PUT", "/v1/exchanges/e", "", key("5"))).status, 201);
  const std::string binding = R"({"source":"e","target_kind":"queue","target":"q"})";
  EXPECT_EQ(call_thrice(request("POST", "/v1/bindings", binding, key("6"))).status, 201);
  EXPECT_EQ(call_thrice(request("DELETE", "/v1/bindings?source=e&target=q", "", key("7"))).status,
            204);
  call(request("POST", "/v1/queues/q/messages", "x"));
  EXPECT_EQ(call_thrice(request("DELETE", "/v1/queues/q", "", key("8"))).body,
            R"({"deleted_messages":1})");
  EXPECT_EQ(call_thrice(request("DELETE", "/v1/exchanges/e", "", key("9"))).status, 204);
}

TEST_P(KeyedRequests, AQueueIsPurgedOnce) {
  call(request("PUT", "/v1/queues/q"));
  for (int n = 0; n < 5; ++n) call(request("POST", "/v1/queues/q/messages", "x"));
  const std::string purge = request("DELETE", "/v1/queues/q/messages", "", key("k"));
  EXPECT_EQ(leases_in(call(request("POST", "/v1/queues/q/leases", R"({"max":2})")).body).size(), 2);
  EXPECT_EQ(call(purge).body, R"({"purged":3})");
  EXPECT_TRUE(get("/v1/queues/q").body.contains(R"("unsettled":2,)"));
  // What comes then stays, and so do those that were with somebody.
  call(request("POST", "/v1/queues/q/messages", "y"));
  for (int n = 0; n < 2; ++n) {
    const Answered again = call(purge);
    EXPECT_EQ(again.body, R"({"purged":3})");
    EXPECT_EQ(again.field("Idempotency-Replayed"), "true");
    broker_.restart();
    EXPECT_EQ(ready("q"), 3);
  }
  EXPECT_EQ(call_thrice(request("DELETE", "/v1/queues/q/messages", "", key("all"))).body,
            R"({"purged":3})");
  EXPECT_EQ(call_thrice(request("DELETE", "/v1/queues/q/messages", "", key("none"))).body,
            R"({"purged":0})");
}

TEST_P(KeyedRequests, WhatIsPurgedIsLeasedByNobodyMeanwhile) {
  call(request("PUT", "/v1/queues/q"));
  for (int n = 0; n < 5; ++n) call(request("POST", "/v1/queues/q/messages", "x"));
  TestClient purger = broker_.connect();
  TestClient leaser = broker_.connect({}, GetParam() - 1);
  ASSERT_TRUE(purger.send(request("DELETE", "/v1/queues/q/messages", "", key("k"))) &&
              leaser.send(request("POST", "/v1/queues/q/leases", R"({"max":3})")));
  const std::string purged = purger.receive().body;
  const std::size_t leased = leases_in(leaser.receive().body).size();
  EXPECT_EQ(purged, fmt::format(R"({{"purged":{}}})", 5 - leased));
  EXPECT_TRUE(get("/v1/queues/q").body.contains(fmt::format(R"("unsettled":{},)", leased)));
  EXPECT_EQ(ready("q"), 0);
  // The queue goes on.
  call(request("POST", "/v1/queues/q/messages", "y"));
  EXPECT_EQ(leases_in(call(request("POST", "/v1/queues/q/leases", "{}")).body).size(), 1);
}

TEST_P(KeyedRequests, AMoveGoesOnWhenItsClientHasGone) {
  std::string messages = R"({"messages":[{"value":0})";
  for (int n = 1; n < 1000; ++n) messages += fmt::format(R"(,{{"value":{}}})", n);
  for (int target = 0; target < 4; ++target) {
    call(request("PUT", "/v1/queues/q"));
    call(request("PUT", fmt::format("/v1/queues/to{}", target)));
    call(request("POST", "/v1/queues/q/messages", messages + "]}", messages_type));
    const std::string move =
        request("POST", "/v1/queues/q/move", fmt::format(R"({{"to":{{"queue":"to{}"}}}})", target),
                key(std::to_string(target)));
    for (int n = 0; n < 3; ++n) {
      TestClient client = broker_.connect();
      ASSERT_TRUE(client.send(move));
      broker_.world().run_for(std::chrono::microseconds(700));
    }
    Answered answer = call(move);
    while (answer.status == 409) answer = call(move);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body.contains(R"("complete":true,)")) << answer.body;
    EXPECT_TRUE(answer.body.contains(R"("moved":1000,)")) << answer.body;
    EXPECT_EQ(ready("q"), 0);
    EXPECT_EQ(ready(fmt::format("to{}", target)), 1000);
  }
}

TEST_P(KeyedRequests, DeadLettersGoBackOnce) {
  call(request("PUT", "/v1/queues/dead"));
  call(request("PUT", "/v1/queues/work",
               R"({"dead_letter_exchange":"","dead_letter_routing_key":"dead"})"));
  for (int n = 0; n < 3; ++n) call(request("POST", "/v1/queues/work/messages", "x"));
  const auto leases =
      leases_in(call(request("POST", "/v1/queues/work/leases", R"({"max":3})")).body);
  ASSERT_EQ(leases.size(), 3);
  call(request("POST", "/v1/queues/work/leases/settle",
               fmt::format(R"({{"reject":[{},{},{}]}})", leases[0], leases[1], leases[2])));
  broker_.world().run_for(std::chrono::seconds(1));
  EXPECT_EQ(ready("dead"), 3);
  EXPECT_TRUE(call_thrice(request("POST", "/v1/queues/dead/redrive", R"({"limit":2})", key("k")))
                  .body.contains(R"("moved":2,)"));
  EXPECT_EQ(ready("work"), 2);
  EXPECT_EQ(ready("dead"), 1);
}

TEST_P(KeyedRequests, AGroupIsDeletedOnce) {
  make_group(broker_, "email");
  EXPECT_EQ(call_thrice(request("DELETE", "/v1/groups/email", "", key("k"))).status, 204);
  EXPECT_EQ(get("/v1/groups/email").status, 404);
  make_group(broker_, "email");
  EXPECT_EQ(call(request("DELETE", "/v1/groups/email", "", key("k"))).status, 204);
  EXPECT_EQ(get("/v1/groups/email").status, 200);
  EXPECT_EQ(call(request("DELETE", "/v1/groups/none", "", key("n"))).status, 404);
}

TEST(KeyedRoutes, MayWaitAndAreDescribed) {
  std::size_t count = 0;
  for (const Route& route : all_routes()) {
    EXPECT_EQ(route.keys == Keys::kept, route.method != Method::get) << route.operation;
    if (route.keys == Keys::refused) continue;
    ++count;
    EXPECT_TRUE(std::holds_alternative<WaitingHandler>(route.handler)) << route.operation;
  }
  TestBroker broker;
  const std::string description = broker.call(request("GET", "/openapi.json")).body;
  EXPECT_EQ(count_of(description, R"("name":"Idempotency-Key")"), count);
  EXPECT_GE(count_of(description, R"("422":)"), count);
}

TEST(KeyedRoutes, ThatDoNotKnowKeysRefuseThem) {
  TestBroker broker({.routes = test::routes()});
  const Answered answer = broker.call(request("POST", "/echo", "x", key("k")));
  EXPECT_EQ(answer.status, 501);
  EXPECT_TRUE(answer.body.contains("POST /echo does not take an Idempotency-Key")) << answer.body;
}

TEST_P(KeyedRequests, WhenThereIsNoRoomNewKeysAreRefused) {
  broker_.server().engine_options().idempotency.bytes_max = 0;
  broker_.restart();
  const Answered answer = call(request("POST", "/v1/topics/orders/records", "x", key("k")));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.field("Retry-After"), "60");
  EXPECT_EQ(record_count(), 0);
}

TEST(KeyedWrites, ThatTheDiskHasNoRoomForAreNotDone) {
  TestBroker broker;
  broker.call(request("PUT", "/v1/topics/orders"));
  make_group(broker, "email");
  for (const char* queue : {"q", "other"})
    broker.call(request("PUT", fmt::format("/v1/queues/{}", queue)));
  for (int n = 0; n < 3; ++n) broker.call(request("POST", "/v1/queues/q/messages", "x"));
  const auto leases = leases_in(broker.call(request("POST", "/v1/queues/q/leases", "{}")).body);
  ASSERT_EQ(leases.size(), 1);
  auto& faults = broker.server().storage().faults();
  const auto capacity = std::exchange(faults.capacity_bytes, 0);
  for (const std::size_t size : {5000, 1}) {
    const std::string send = request("POST", "/v1/queues/other/messages", std::string(size, 'x'));
    while (broker.call(send).status == 201) {
    }
  }
  const std::string purge = request("DELETE", "/v1/queues/q/messages", "", key("p"));
  const std::string reject = request("POST", "/v1/queues/q/leases/settle",
                                     fmt::format(R"({{"reject":[{}]}})", leases[0]), key("r"));
  const std::string discard = request("POST", "/v1/queues/q/discard", R"({"limit":1})", key("d"));
  const std::string remove = request("DELETE", "/v1/groups/email", "", key("g"));
  for (const std::string& each : {purge, reject, discard, remove})
    EXPECT_EQ(broker.call(each).status, 507) << each;
  EXPECT_TRUE(broker.call(request("GET", "/v1/queues/q")).body.contains(R"("ready":3,)"));
  EXPECT_EQ(broker.call(request("GET", "/v1/groups/email")).status, 200);

  faults.capacity_bytes = capacity;
  broker.world().run_for(std::chrono::seconds(2));
  EXPECT_TRUE(broker.call(discard).body.contains(R"("discarded":1})"));
  EXPECT_EQ(broker.call(purge).body, R"({"purged":2})");
  EXPECT_EQ(broker.call(remove).status, 204);
  EXPECT_EQ(broker.call(reject).body, fmt::format(R"({{"settled":0,"lost":[{}]}})", leases[0]));
}

INSTANTIATE_TEST_SUITE_P(Shards, KeyedRequests, testing::Values(1, 2, 3));

}  // namespace
}  // namespace koine::http
