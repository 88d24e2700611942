// Writes with an Idempotency-Key: the first answer again, also after a restart; and whatever happens, what they do is done once.
#include "protocols/http/keyed_request.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "protocols/http/session_test_bench.h"

namespace koine::http {
namespace {

constexpr std::string_view records_type = "Content-Type: application/vnd.koine.records+json\r\n";
constexpr std::string_view messages_type = "Content-Type: application/vnd.koine.messages+json\r\n";

std::string request(std::string_view method, std::string_view target, std::string_view body = {},
                    std::string_view fields = {}) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n{}", method, target,
                     body.size(), fields, body);
}
std::string key(std::string_view value) { return fmt::format("Idempotency-Key: {}\r\n", value); }

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

class KeyedRequests : public testing::TestWithParam<std::size_t> {
 protected:
  KeyedRequests() : broker_({.shard_count = GetParam()}) {
    call(request("PUT", "/v1/topics/orders", R"({"partitions":3})"));
  }

  // The last shard's, so that most of what is done is done elsewhere.
  Answered call(const std::string& text) { return broker_.connect({}, GetParam() - 1).call(text); }
  Answered get(std::string_view target) { return call(request("GET", target)); }
  // The answer to the first, and that others get the same, before and after a restart, and nothing else.
  Answered call_thrice(const std::string& text) {
    Answered first = call(text);
    EXPECT_EQ(first.field("Idempotency-Replayed"), "");
    for (int n = 0; n < 2; ++n) {
      const Answered again = broker_.connect().call(text);
      EXPECT_EQ(again.status, first.status);
      EXPECT_EQ(again.body, first.body);
      EXPECT_EQ(again.field("Location"), first.field("Location"));
      EXPECT_EQ(again.field("Content-Type"), first.field("Content-Type"));
      EXPECT_EQ(again.field("Idempotency-Replayed"), "true");
      broker_.restart();
    }
    return first;
  }
  std::size_t record_count() {
    return count_of(get("/v1/topics/orders/records").body, R"("offset":)");
  }
  std::size_t ready(std::string_view queue) {
    const std::string body = get(fmt::format("/v1/queues/{}", queue)).body;
    return std::stoul(body.substr(body.find(R"("ready":)") + 8));
  }

  TestBroker broker_;
};

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
  for (int n = 0; n < 6; ++n) {
    call(request("PUT", fmt::format("/v1/queues/q{}", n)));
    call(request("POST", "/v1/bindings",
                 fmt::format(R"({{"source":"news","target_kind":"queue","target":"q{}"}})", n)));
  }
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

TEST_P(KeyedRequests, AMessageIsAckedOnce) {
  call(request("PUT", "/v1/queues/q"));
  call(request("POST", "/v1/queues/q/messages", "x"));
  const std::string leased = call(request("POST", "/v1/queues/q/leases", "{}")).body;
  const std::size_t at = leased.find(R"("lease":")") + 9;
  const std::string lease = leased.substr(at, leased.find('"', at) - at);
  const std::string ack = "/v1/queues/q/leases/" + lease;
  EXPECT_EQ(call_thrice(request("DELETE", ack, "", key("k"))).status, 204);
  EXPECT_EQ(call(request("DELETE", ack, "", key("other"))).status, 409);
  EXPECT_TRUE(get("/v1/queues/q").body.contains(R"("unsettled":0,)"));
  EXPECT_EQ(ready("q"), 0);
}

TEST_P(KeyedRequests, ManyAreSettledOnce) {
  call(request("PUT", "/v1/queues/q"));
  for (int n = 0; n < 5; ++n) call(request("POST", "/v1/queues/q/messages", "x"));
  const std::string leased = call(request("POST", "/v1/queues/q/leases", R"({"max":4})")).body;
  std::vector<std::string> leases;
  for (std::size_t at = leased.find(R"("lease":)"); at != std::string::npos;
       at = leased.find(R"("lease":)", at + 1)) {
    leases.push_back(leased.substr(at + 8, leased.find(',', at) - at - 8));
  }
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

TEST_P(KeyedRequests, WhatIsLostOfManyIsSaidAgain) {
  call(request("PUT", "/v1/queues/q"));
  for (int n = 0; n < 2; ++n) call(request("POST", "/v1/queues/q/messages", "x"));
  const auto take = [&] {
    const std::string leased = call(request("POST", "/v1/queues/q/leases", "{}")).body;
    const std::size_t at = leased.find(R"("lease":)") + 8;
    return leased.substr(at, leased.find(',', at) - at);
  };
  const std::string held = take();
  const std::string lost = take();
  call(request("POST", "/v1/queues/q/leases/settle", fmt::format(R"({{"release":[{}]}})", lost)));
  EXPECT_EQ(call_thrice(request("POST", "/v1/queues/q/leases/settle",
                                fmt::format(R"({{"ack":[{},{}]}})", held, lost), key("k")))
                .body,
            fmt::format(R"({{"settled":1,"lost":[{}]}})", lost));
  EXPECT_EQ(ready("q"), 1);
}

TEST_P(KeyedRequests, WritesThatDoNotKnowKeysRefuseThem) {
  call(request("PUT", "/v1/queues/q"));
  call(request("POST", "/v1/queues/q/messages", "x"));
  const Answered purged = call(request("DELETE", "/v1/queues/q/messages", "", key("k")));
  EXPECT_EQ(purged.status, 501);
  EXPECT_TRUE(purged.body.contains("DELETE /v1/queues/{queue}/messages does not take"));
  EXPECT_EQ(call(request("POST", "/v1/queues/q/leases", "{}", key("k"))).status, 501);
  EXPECT_EQ(ready("q"), 1);
}

TEST(KeyedRoutes, MayWaitAndAreDescribed) {
  std::size_t count = 0;
  for (const Route& route : all_routes()) {
    if (route.keys == Keys::refused) continue;
    ++count;
    EXPECT_TRUE(std::holds_alternative<WaitingHandler>(route.handler)) << route.operation;
    EXPECT_NE(route.method, Method::get) << route.operation;
  }
  TestBroker broker;
  const std::string description = broker.call(request("GET", "/openapi.json")).body;
  EXPECT_EQ(count_of(description, R"("name":"Idempotency-Key")"), count);
  EXPECT_GE(count_of(description, R"("422":)"), count);
}

TEST_P(KeyedRequests, WhenThereIsNoRoomNewKeysAreRefused) {
  broker_.server().engine_options().idempotency.bytes_max = 0;
  broker_.restart();
  const Answered answer = call(request("POST", "/v1/topics/orders/records", "x", key("k")));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.field("Retry-After"), "60");
  EXPECT_EQ(record_count(), 0);
}

INSTANTIATE_TEST_SUITE_P(Shards, KeyedRequests, testing::Values(1, 2, 3));

// A machine that crashes at any operation of the disk, and clients that try again until they know.
struct Crash {
  std::string_view name;
  std::vector<std::string> before;
  std::string request;
  int status = 201;
  // What there is of it afterwards: target, what is looked for, how often.
  std::vector<std::tuple<std::string, std::string, std::size_t>> after;
};

std::vector<Crash> crashes() {
  const std::string put_topic = request("PUT", "/v1/topics/orders", R"({"partitions":4})");
  const std::string records = "/v1/topics/orders/records";
  std::vector<Crash> all;
  all.push_back({.name = "Record",
                 .before = {put_topic},
                 .request = request("POST", records, "x", key("k")),
                 .after = {{records, R"("offset":)", 1}}});
  std::string many = R"({"records":[)";
  for (int n = 0; n < 20; ++n) many += fmt::format(R"({}{{"key":"k{}"}})", n == 0 ? "" : ",", n);
  all.push_back(
      {.name = "Records",
       .before = {put_topic},
       .request = request("POST", records, many + "]}", key("k") + std::string(records_type)),
       .after = {{records, R"("offset":)", 20}}});
  std::vector<std::string> bound = {request("PUT", "/v1/exchanges/news", R"({"type":"fanout"})")};
  std::vector<std::string> bound_topic = {put_topic};
  std::vector<std::tuple<std::string, std::string, std::size_t>> once;
  for (int n = 0; n < 4; ++n) {
    const std::string queue = fmt::format("/v1/queues/q{}", n);
    const std::string binding =
        fmt::format(R"({{"source":"news","target_kind":"queue","target":"q{}"}})", n);
    bound.push_back(request("PUT", queue));
    bound.push_back(request("POST", "/v1/bindings", binding));
    bound_topic.push_back(request("PUT", queue));
    bound_topic.push_back(request(
        "POST", "/v1/bindings",
        fmt::format(
            R"({{"source":"orders","target_kind":"queue","target":"q{}","routing_key":"#"}})", n)));
    once.emplace_back(queue, R"("ready":1,)", 1);
  }
  all.push_back({.name = "Fanout",
                 .before = bound,
                 .request = request("POST", "/v1/exchanges/news/messages", "x", key("k")),
                 .after = once});
  auto everywhere = once;
  everywhere.emplace_back(records, R"("offset":)", 1);
  all.push_back({.name = "BoundTopic",
                 .before = bound_topic,
                 .request = request("POST", records, "x", key("k")),
                 .after = everywhere});
  all.push_back({.name = "ToBoundTopic",
                 .before = bound_topic,
                 .request = request("POST", "/v1/exchanges/orders/messages", "x", key("k")),
                 .after = everywhere});
  // Queues of all shards have room for one message.
  std::vector<std::string> limited = {put_topic};
  std::vector<std::tuple<std::string, std::string, std::size_t>> first = {
      {records, R"("offset":)", 1}};
  for (int n = 0; n < 4; ++n) {
    const std::string queue = fmt::format("/v1/queues/q{}", n);
    limited.push_back(request("PUT", queue, R"({"length_max":1,"overflow":"reject_publish"})"));
    limited.push_back(request(
        "POST", "/v1/bindings",
        fmt::format(
            R"({{"source":"orders","target_kind":"queue","target":"q{}","routing_key":"#"}})", n)));
    first.emplace_back(queue, R"("ready":1,)", 1);
  }
  all.push_back({.name = "ToFullQueues",
                 .before = limited,
                 .request = request("POST", "/v1/exchanges/orders/messages", "x", key("k")),
                 .after = first});
  all.push_back({.name = "BoundToFullQueues",
                 .before = limited,
                 .request = request("POST", records, "x", key("k")),
                 .after = first});
  all.push_back({.name = "NewTopic",
                 .before = {},
                 .request = put_topic.substr(0, put_topic.find("\r\n\r\n")) + "\r\n" + key("k") +
                            "\r\n" + R"({"partitions":4})",
                 .after = {{"/v1/topics", R"("name":"orders")", 1}}});
  all.push_back({.name = "NoTopic",
                 .before = {put_topic},
                 .request = request("DELETE", "/v1/topics/orders", "", key("k")),
                 .status = 204,
                 .after = {{"/v1/topics", R"("name":"orders")", 0}}});
  return all;
}

class KeyedRequestsThroughCrashes : public testing::TestWithParam<Crash> {
 protected:
  // Whether the machine crashed before the first answer.
  static bool crash_and_try_again(const Crash& crash, std::uint64_t crash_at, std::uint64_t seed) {
    TestBroker broker({.shard_count = 3, .seed = seed});
    for (const std::string& each : crash.before) EXPECT_EQ(broker.call(each).status, 201) << each;
    io::SimStorage& storage = broker.server().storage();
    storage.faults().crashing_operation = storage.operations() + crash_at;
    const std::uint64_t life = storage.life();
    const Answered first = broker.call(crash.request);
    const bool has_crashed = storage.life() != life;
    storage.faults().crashing_operation.reset();
    broker.restart();
    const Answered second = broker.call(crash.request);
    EXPECT_EQ(second.status, crash.status) << second.body;
    if (first.status == crash.status) {
      EXPECT_EQ(second.field("Idempotency-Replayed"), "true");
      EXPECT_EQ(second.body, first.body);
    }
    broker.restart();
    const Answered third = broker.call(crash.request);
    EXPECT_EQ(third.status, crash.status);
    EXPECT_EQ(third.body, second.body);
    EXPECT_EQ(third.field("Idempotency-Replayed"), "true");
    for (const auto& [target, part, count] : crash.after) {
      const Answered found = broker.call(request("GET", target));
      EXPECT_EQ(count_of(found.body, part), count) << target << found.body;
    }
    return has_crashed;
  }
};

TEST_P(KeyedRequestsThroughCrashes, AreDoneOnce) {
  bool has_crashed = true;
  std::uint64_t crashes = 0;
  for (std::uint64_t crash_at = 1; has_crashed; ++crash_at) {
    has_crashed = false;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE(fmt::format("at operation {} with seed {}", crash_at, seed));
      if (!crash_and_try_again(GetParam(), crash_at, seed)) continue;
      has_crashed = true;
      ++crashes;
    }
  }
  EXPECT_GE(crashes, 8);
}

TEST(KeyedAcks, AreDoneWithTheirKeyOrNotAtAllThroughCrashes) {
  bool has_crashed = true;
  int done = 0;
  int lost = 0;
  for (std::uint64_t crash_at = 1; has_crashed; ++crash_at) {
    has_crashed = false;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      TestBroker broker({.shard_count = 2, .seed = seed});
      broker.call(request("PUT", "/v1/queues/q"));
      broker.call(request("POST", "/v1/queues/q/messages", "x"));
      const std::string leased = broker.call(request("POST", "/v1/queues/q/leases", "{}")).body;
      const std::size_t at = leased.find(R"("lease":)") + 8;
      const std::string lease = leased.substr(at, leased.find(',', at) - at);
      const std::string ack = request("POST", "/v1/queues/q/leases/settle",
                                      fmt::format(R"({{"ack":[{}]}})", lease), key("k"));
      io::SimStorage& storage = broker.server().storage();
      storage.faults().crashing_operation = storage.operations() + crash_at;
      const std::uint64_t life = storage.life();
      const Answered first = broker.call(ack);
      has_crashed = has_crashed || storage.life() != life;
      storage.faults().crashing_operation.reset();
      broker.restart();
      const bool is_done = broker.call(ack).body == R"({"settled":1,"lost":[]})";
      if (first.status == 200) EXPECT_TRUE(is_done) << crash_at << seed;
      const std::string queue = broker.call(request("GET", "/v1/queues/q")).body;
      EXPECT_TRUE(queue.contains(is_done ? R"("ready":0,)" : R"("ready":1,)")) << queue;
      ++(is_done ? done : lost);
    }
  }
  EXPECT_GT(done, 0);
  EXPECT_GT(lost, 0);
}

INSTANTIATE_TEST_SUITE_P(Everything, KeyedRequestsThroughCrashes, testing::ValuesIn(crashes()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace koine::http
