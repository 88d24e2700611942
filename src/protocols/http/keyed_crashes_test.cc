// Writes with an Idempotency-Key through crashes: whatever the moment, what they do is done once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/check.h"
#include "protocols/http/keyed_test_bench.h"

namespace koine::http {
namespace {

// A machine that crashes at any operation of the disk, and clients that try again until they know.
struct Crash {
  std::string name;
  std::vector<std::string> before;
  void (*prepare)(TestBroker& broker) = nullptr;
  std::string request;
  int status = 201;
  std::string body = {};  // of the answer, if it is the same whatever happened
  // What there is of it afterwards: target, what is looked for, how often.
  std::vector<std::tuple<std::string, std::string, std::size_t>> after;
};

std::string moved(int count, std::string_view destinations, int refused = 0) {
  return fmt::format(
      R"({{"dry_run":false,"complete":{},"looked_at":{},"matched":{},"moved":{},"unroutable":0,)"
      R"("refused":{},"destinations":{{{}}}}})",
      refused == 0, count + refused, count + refused, count, refused, destinations);
}

// Of messages of `q`, to queues on all shards.
std::vector<Crash> moves() {
  std::string messages = R"({"messages":[{"value":0})";
  constexpr int count = 300;  // more than one part
  for (int n = 1; n < count; ++n) messages += fmt::format(R"(,{{"value":{}}})", n);
  messages += "]}";
  const auto before = [&](std::string_view body, const std::string& first,
                          std::vector<std::string> others) {
    others.insert(others.begin(), {first, request("PUT", "/v1/queues/q"),
                                   request("POST", "/v1/queues/q/messages", body, messages_type)});
    return others;
  };
  const std::string three = R"({"messages":[{"value":1},{"value":2},{"value":3}]})";
  const std::string put_news = request("PUT", "/v1/exchanges/news", R"({"type":"fanout"})");
  std::vector<Crash> all;
  for (int n = 0; n < 4; ++n) {
    const std::string to = fmt::format(R"({{"to":{{"queue":"q{}"}}}})", n);
    const std::string target = fmt::format("/v1/queues/q{}", n);
    all.push_back({.name = fmt::format("Move{}", n),
                   .before = before(messages, put_news, bound_queues("news", 4)),
                   .request = request("POST", "/v1/queues/q/move", to, key("k")),
                   .status = 200,
                   .body = moved(count, fmt::format(R"("q{}":{})", n, count)),
                   .after = {{"/v1/queues/q", R"("ready":0,)", 1},
                             {target, fmt::format(R"("ready":{},)", count), 1}}});
    all.push_back({.name = fmt::format("MoveToFull{}", n),
                   .before = before(
                       three, put_news,
                       bound_queues("news", 4, R"({"length_max":2,"overflow":"reject_publish"})")),
                   .request = request("POST", "/v1/queues/q/move", to, key("k")),
                   .status = 200,
                   .body = moved(2, fmt::format(R"("q{}":2)", n), 1),
                   .after = {{"/v1/queues/q", R"("ready":1,)", 1}, {target, R"("ready":2,)", 1}}});
  }
  Crash everywhere{
      .name = "MoveEverywhere",
      .before = before(three, put_news, bound_queues("news", 4)),
      .request = request("POST", "/v1/queues/q/move", R"({"to":{"exchange":"news"}})", key("k")),
      .status = 200,
      .body = moved(3, R"("q0":3,"q1":3,"q2":3,"q3":3)"),
      .after = {{"/v1/queues/q", R"("ready":0,)", 1}}};
  for (int n = 0; n < 4; ++n)
    everywhere.after.emplace_back(fmt::format("/v1/queues/q{}", n), R"("ready":3,)", 1);
  all.push_back(std::move(everywhere));
  all.push_back({.name = "Discard",
                 .before = before(messages, put_news, {}),
                 .request = request("POST", "/v1/queues/q/discard", "{}", key("k")),
                 .status = 200,
                 .body = R"({"dry_run":false,"complete":true,"looked_at":300,"matched":300,)"
                         R"("discarded":300})",
                 .after = {{"/v1/queues/q", R"("ready":0,)", 1}}});
  return all;
}

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
  const std::string put_news = request("PUT", "/v1/exchanges/news", R"({"type":"fanout"})");
  const auto after = [](const std::string& first, std::vector<std::string> others) {
    others.insert(others.begin(), first);
    return others;
  };
  const std::vector<std::string> bound = after(put_news, bound_queues("news", 4));
  const std::vector<std::string> bound_topic = after(put_topic, bound_queues("orders", 4, "", "#"));
  std::vector<std::tuple<std::string, std::string, std::size_t>> once;
  for (int n = 0; n < 4; ++n)
    once.emplace_back(fmt::format("/v1/queues/q{}", n), R"("ready":1,)", 1);
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
  const std::vector<std::string> limited = after(
      put_topic, bound_queues("orders", 4, R"({"length_max":1,"overflow":"reject_publish"})", "#"));
  all.push_back({.name = "ToFullQueues",
                 .before = limited,
                 .request = request("POST", "/v1/exchanges/orders/messages", "x", key("k")),
                 .after = everywhere});
  all.push_back({.name = "BoundToFullQueues",
                 .before = limited,
                 .request = request("POST", records, "x", key("k")),
                 .after = everywhere});
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
  const std::string send = request("POST", "/v1/queues/q/messages", "x");
  all.push_back({.name = "Purge",
                 .before = {request("PUT", "/v1/queues/q"), send, send, send},
                 .request = request("DELETE", "/v1/queues/q/messages", "", key("k")),
                 .status = 200,
                 .body = R"({"purged":3})",
                 .after = {{"/v1/queues/q", R"("ready":0,)", 1}}});
  all.push_back({.name = "NoGroup",
                 .before = {put_topic},
                 .prepare = [](TestBroker& broker) { make_group(broker, "email"); },
                 .request = request("DELETE", "/v1/groups/email", "", key("k")),
                 .status = 204,
                 .after = {{"/v1/groups", R"("name":"email")", 0}}});
  for (Crash& move : moves()) all.push_back(std::move(move));
  return all;
}

class KeyedRequestsThroughCrashes : public testing::TestWithParam<Crash> {
 protected:
  // Whether the machine crashed before the first answer.
  static bool crash_and_try_again(const Crash& crash, std::uint64_t crash_at, std::uint64_t seed) {
    TestBroker broker({.shard_count = 3, .seed = seed});
    for (const std::string& each : crash.before) EXPECT_EQ(broker.call(each).status, 201) << each;
    if (crash.prepare != nullptr) crash.prepare(broker);
    io::SimStorage& storage = broker.server().storage();
    storage.faults().crashing_operation = storage.operations() + crash_at;
    const std::uint64_t life = storage.life();
    const Answered first = broker.call(crash.request);
    const bool has_crashed = storage.life() != life;
    storage.faults().crashing_operation.reset();
    broker.restart();
    const Answered second = broker.call(crash.request);
    EXPECT_EQ(second.status, crash.status) << second.body;
    if (!crash.body.empty()) EXPECT_EQ(second.body, crash.body);
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

// What is settled with a key, and where it is then.
struct Settling {
  std::string name;
  std::string member;
  std::string dead_letters;  // a queue
};

class KeyedSettlingThroughCrashes : public testing::TestWithParam<Settling> {
 protected:
  enum class End : std::uint8_t { settled, lost };
  struct Tried {
    End end = End::lost;
    bool has_crashed = false;
  };

  static std::string ready(TestBroker& broker, std::string_view queue) {
    const std::string body = broker.call(request("GET", fmt::format("/v1/queues/{}", queue))).body;
    return body.substr(body.find(R"("ready":)") + 8, 1);
  }

  static Tried crash_and_try_again(const Settling& settling, std::uint64_t crash_at,
                                   std::uint64_t seed) {
    TestBroker broker({.shard_count = 3, .seed = seed});
    broker.call(request("PUT", "/v1/queues/" + settling.dead_letters));
    broker.call(
        request("PUT", "/v1/queues/q",
                fmt::format(R"({{"dead_letter_exchange":"","dead_letter_routing_key":"{}"}})",
                            settling.dead_letters)));
    broker.call(request("POST", "/v1/queues/q/messages", "x"));
    const auto leases = leases_in(broker.call(request("POST", "/v1/queues/q/leases", "{}")).body);
    CHECK(leases.size() == 1);
    const std::string settle =
        request("POST", "/v1/queues/q/leases/settle",
                fmt::format(R"({{"{}":[{}]}})", settling.member, leases.front()), key("k"));
    io::SimStorage& storage = broker.server().storage();
    storage.faults().crashing_operation = storage.operations() + crash_at;
    const std::uint64_t life = storage.life();
    const Answered first = broker.call(settle);
    const bool has_crashed = storage.life() != life;
    storage.faults().crashing_operation.reset();
    broker.restart();
    const bool is_settled = broker.call(settle).body == R"({"settled":1,"lost":[]})";
    if (first.status == 200) EXPECT_TRUE(is_settled);
    const bool is_gone = is_settled && settling.member != "release";
    const bool is_dead = is_settled && settling.member == "reject";
    EXPECT_EQ(ready(broker, "q"), is_gone ? "0" : "1");
    EXPECT_EQ(ready(broker, settling.dead_letters), is_dead ? "1" : "0");
    return {.end = is_settled ? End::settled : End::lost, .has_crashed = has_crashed};
  }
};

TEST_P(KeyedSettlingThroughCrashes, IsDoneWithItsKeyOrNotAtAll) {
  bool has_crashed = true;
  int settled = 0;
  int lost = 0;
  for (std::uint64_t crash_at = 1; has_crashed; ++crash_at) {
    has_crashed = false;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE(fmt::format("at operation {} with seed {}", crash_at, seed));
      const Tried tried = crash_and_try_again(GetParam(), crash_at, seed);
      has_crashed = has_crashed || tried.has_crashed;
      ++(tried.end == End::settled ? settled : lost);
    }
  }
  EXPECT_GT(settled, 0);
  EXPECT_GT(lost, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Everything, KeyedSettlingThroughCrashes,
    testing::Values(Settling{"Ack", "ack", "dead"}, Settling{"Release", "release", "dead"},
                    Settling{"Reject0", "reject", "dead0"}, Settling{"Reject1", "reject", "dead1"},
                    Settling{"Reject2", "reject", "dead2"}, Settling{"Reject3", "reject", "dead3"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Everything, KeyedRequestsThroughCrashes, testing::ValuesIn(crashes()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace koine::http
