// Messages that are published later, on whole simulated servers.

#include "core/queues/delayed_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/queues/queue_server_fixture.h"
#include "core/routing/delay_header.h"
#include "core/routing/router.h"

namespace koine::core {
namespace {

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

class DelayedQueueTest : public QueueServer {
 protected:
  DelayedQueueTest() {
    spec_.name = {"/", "later"};
    spec_.type = ExchangeType::delayed_message;
    const auto declared = server_.run(engine().queue_client().declare_exchange(spec_));
    CHECK(declared);
  }

  void bind(const std::string& queue, const std::string& key = "k") {
    const auto bound = server_.run(engine().queue_client().bind(
        {.source = {"/", "later"}, .target = queue, .routing_key = key}));
    CHECK(bound);
  }

  // As the handler of a protocol does it; durable when it returns.
  void publish_to(const std::string& exchange, const std::string& key, const std::string& body,
                  std::int64_t delay_ms, std::size_t at = 0) {
    std::vector<std::byte> properties;
    encode_properties({.headers = FieldTable{{"x-delay", {delay_ms}}}}, properties);
    const auto summary = summarize_properties(properties);
    CHECK(summary);
    Route route;
    const auto found = find_route(engine(at).catalog(),
                                  {.vhost = "/",
                                   .exchange = exchange,
                                   .routing_key = key,
                                   .headers = summary->headers,
                                   .properties = properties},
                                  route);
    ASSERT_TRUE(found);
    const WallTimeMs now_ms = server_.world().wall_clock_ms();
    const MessageView view{.exchange = exchange,
                           .routing_key = key,
                           .properties = properties,
                           .body = as_bytes(body),
                           .published_ms = now_ms};
    PublishBatch batch;
    if (!route.queues.empty()) batch.add(view, route.queues);
    for (const ExchangePtr& delaying : route.delaying) {
      batch.add_delayed(view,
                        {.due_ms = now_ms + route.delay_ms,
                         .vhost = "/",
                         .exchange = delaying->name.name,
                         .more_keys = {}},
                        ShardId(static_cast<std::uint16_t>(at)), now_ms);
    }
    if (batch.empty()) return;
    const auto outcome = publish(std::move(batch), at);
    ASSERT_TRUE(outcome) << outcome.error().to_string();
  }
  void publish_later(const std::string& body, std::int64_t delay_ms, std::size_t at = 0) {
    publish_to("later", "k", body, delay_ms, at);
  }

  std::uint64_t waiting() {
    return engine(0).live_queues().delayed().size() + engine(1).live_queues().delayed().size();
  }

  ExchangeSpec spec_;
};

TEST_F(DelayedQueueTest, RoutesWhenTheDelayIsOver) {
  const QueuePtr near = declare(name_on(0));
  const QueuePtr far = declare(name_on(1));
  bind(near->spec.name.name);
  bind(far->spec.name.name);
  publish_later("a", 500);
  EXPECT_EQ(waiting(), 1U);
  pass(490);
  EXPECT_TRUE(peek(near).empty());
  pass(30);
  EXPECT_EQ(peek(near), (Bodies{"a"}));
  EXPECT_EQ(peek(far), (Bodies{"a"}));
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(DelayedQueueTest, MarksTheHeaderAndKeepsTheRest) {
  const QueuePtr queue = declare("jobs");
  bind("jobs");
  publish_later("a", 200);
  pass(300);
  const auto got = server_.run(engine().queue_client().get(queue, true));
  ASSERT_TRUE(got && *got);
  const auto read = decode_message((*got)->stored.view());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->exchange, "later");
  EXPECT_EQ(read->routing_key, "k");
  const auto properties = decode_properties(read->properties);
  ASSERT_TRUE(properties);
  EXPECT_EQ(*properties->headers, (FieldTable{{"x-delay", {std::int32_t{-200}}}}));
}

TEST_F(DelayedQueueTest, WithoutADelayRoutesAtOnce) {
  const QueuePtr queue = declare("jobs");
  bind("jobs");
  publish_later("now", 0);
  publish_later("before", -5);
  EXPECT_EQ(peek(queue), (Bodies{"now", "before"}));
}

TEST_F(DelayedQueueTest, KeepsTheOrderInWhichTheyAreDue) {
  const QueuePtr queue = declare("jobs");
  bind("jobs");
  publish_later("c", 300);
  publish_later("a", 100);
  publish_later("d", 301);
  publish_later("b", 200);
  pass(400);
  EXPECT_EQ(peek(queue), (Bodies{"a", "b", "c", "d"}));
}

TEST_F(DelayedQueueTest, RoutesByTheBindingsOfThatTime) {
  const QueuePtr queue = declare("jobs");
  publish_later("a", 1000);
  publish_later("b", 3000);
  bind("jobs");
  pass(1500);
  EXPECT_EQ(peek(queue), (Bodies{"a"}));
  ASSERT_TRUE(server_.run(engine().queue_client().unbind(
      {.source = {"/", "later"}, .target = "jobs", .routing_key = "k"})));
  pass(2000);
  EXPECT_EQ(peek(queue), (Bodies{"a"}));
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(DelayedQueueTest, DropsWhatAnExchangeHeldThatIsGone) {
  declare("jobs");
  bind("jobs");
  publish_later("a", 1000);
  ASSERT_TRUE(server_.run(engine().queue_client().delete_exchange({"/", "later"}, false)));
  pass(2000);
  EXPECT_EQ(waiting(), 0U);
  EXPECT_TRUE(peek(find("jobs")).empty());
}

TEST_F(DelayedQueueTest, WaitsForDaysOnDiskOnly) {
  const QueuePtr queue = declare("jobs");
  bind("jobs");
  for (const std::int64_t delay : {2 * minute, 3 * hour, 5 * day, 40 * day})
    publish_later(std::to_string(delay), delay);
  std::int64_t passed = 30;
  Bodies expected;
  for (const std::int64_t delay : {2 * minute, 3 * hour, 5 * day, 40 * day}) {
    pass(delay - passed - 200);
    passed = delay - 200;
    EXPECT_EQ(peek(queue), expected);
    pass(400);
    passed += 400;
    expected.push_back(std::to_string(delay));
    EXPECT_EQ(peek(queue), expected);
  }
}

TEST_F(DelayedQueueTest, SurvivesARestart) {
  declare("jobs");
  bind("jobs");
  publish_later("second", 2 * hour);
  publish_later("first", 5000);
  restart();
  EXPECT_EQ(waiting(), 2U);
  pass(5100);
  EXPECT_EQ(peek(find("jobs")), (Bodies{"first"}));
  restart();
  EXPECT_EQ(waiting(), 1U);
  pass(2 * hour);
  EXPECT_EQ(peek(find("jobs")), (Bodies{"first", "second"}));
}

TEST_F(DelayedQueueTest, PublishesWhatBecameDueWhileItDidNotRun) {
  declare("jobs");
  bind("jobs");
  for (int n = 0; n < 3000; ++n) publish_later(std::to_string(n), 1000 + 97 * (n % 7) * minute);
  forget_consumers();
  server_.stop();
  pass(12 * hour);
  ASSERT_TRUE(server_.open());
  pass(2000);
  EXPECT_EQ(counts(find("jobs")).ready, 3000U);
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(DelayedQueueTest, DelaysAMessageToAQueue) {
  const QueuePtr queue = declare(name_on(1));
  PublishBatch batch;
  const std::string body = "a";
  MessageView view = message(body);
  view.routing_key = queue->spec.name.name;
  const WallTimeMs now_ms = server_.world().wall_clock_ms();
  view.expires_ms = now_ms + 5000;
  batch.add_delayed(view, {.due_ms = now_ms + 700, .vhost = "/", .exchange = "", .more_keys = {}},
                    ShardId{1}, now_ms);
  ASSERT_TRUE(publish(std::move(batch)));
  EXPECT_TRUE(peek(queue).empty());
  pass(700);
  const auto got = server_.run(engine().queue_client().peek(queue, 10));
  ASSERT_TRUE(got);
  ASSERT_EQ(got->size(), 1U);
  const auto read = decode_message(got->front().stored.view());
  ASSERT_TRUE(read);
  EXPECT_GE(read->published_ms, now_ms + 700);
  EXPECT_EQ(read->expires_ms, read->published_ms + 5000);
}

TEST_F(DelayedQueueTest, DelaysDeadLetters) {
  QueueSettings settings;
  settings.dead_letter_exchange = "later";
  settings.dead_letter_routing_key = "k";
  const QueuePtr work = declare("work", settings);
  declare("again");
  bind("again");
  std::vector<std::byte> properties;
  encode_properties({.headers = FieldTable{{"x-delay", {std::int32_t{3000}}}}}, properties);
  properties_ = properties;
  publish(work, {"a"});
  Consumer& consumer = consume(work);
  settle(consumer, 0, Settlement::Kind::dead_letter);
  EXPECT_EQ(waiting(), 1U);
  EXPECT_EQ(counts(work).unsettled, 0U);
  pass(3000);
  EXPECT_EQ(peek(find("again")), (Bodies{"a"}));
}

TEST_F(DelayedQueueTest, WithMoreThanMayBeNearPublishesTheRestAtTheEndOfTheirSecond) {
  server_.stop();
  server_.engine_options().delayed_near_max = 10;
  ASSERT_TRUE(server_.open());
  const QueuePtr queue = declare("jobs");
  bind("jobs");
  PublishBatch batch;
  const WallTimeMs now_ms = server_.world().wall_clock_ms();
  std::vector<std::string> bodies;
  for (int n = 0; n < 2000; ++n) bodies.push_back(std::to_string(n));
  for (const std::string& body : bodies) {
    batch.add_delayed(
        message(body),
        {.due_ms = now_ms + 3000, .vhost = "/", .exchange = "", .more_keys = {"jobs"}}, ShardId{0},
        now_ms);
  }
  ASSERT_TRUE(publish(std::move(batch)));
  pass(2900);
  EXPECT_EQ(counts(queue).ready, 0U);
  pass(1300);
  EXPECT_EQ(counts(queue).ready, 2000U);
  EXPECT_EQ(waiting(), 0U);
}

class DelayedInACrash : public testing::TestWithParam<std::size_t> {};

// The machine loses power at some point of the message's way from its publisher to its queue, which is on the shard of the
// parameter; the message was confirmed.
TEST_P(DelayedInACrash, IsNotLost) {
  for (std::uint64_t crash_at = 1; crash_at < 40; crash_at += 2) {
    TestServer server({.seed = 900 + crash_at, .shard_count = 2});
    ASSERT_TRUE(server.storage().make_directory("/data") && server.storage().sync_directory("/"));
    ASSERT_TRUE(server.open());
    std::string name = "jobs";
    while (&server.engine().owner_of_queue({"/", name}) != &server.engine(GetParam())) name += "x";
    const auto queue =
        server.run(server.engine().queue_client().declare_queue({.name = {"/", name}}));
    ASSERT_TRUE(queue);
    const std::vector<std::byte> properties(2);
    const WallTimeMs now_ms = server.world().wall_clock_ms();
    PublishBatch batch;
    batch.add_delayed({.routing_key = name, .properties = properties, .body = as_bytes("a")},
                      {.due_ms = now_ms + 100'000, .vhost = "/", .exchange = "", .more_keys = {}},
                      ShardId{0}, now_ms);
    const auto published = server.run(server.engine().queue_client().publish(std::move(batch)));
    ASSERT_TRUE(published);
    ASSERT_TRUE(server.run(journal::done(published->commit)));
    server.storage().faults().crashing_operation = server.storage().operations() + crash_at;
    server.world().run_for(std::chrono::seconds(101));
    server.storage().faults().crashing_operation.reset();
    server.restart();
    server.world().run_for(std::chrono::seconds(2));
    const auto counts = server.run(server.engine().queue_client().counts(*queue));
    ASSERT_TRUE(counts);
    EXPECT_GE(counts->ready, 1U) << crash_at;
    // In one commit on one shard; the new place first on two.
    if (GetParam() == 0) EXPECT_EQ(counts->ready, 1U) << crash_at;
    EXPECT_EQ(server.engine().live_queues().delayed().size(), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(ToShard, DelayedInACrash, testing::Values(0U, 1U));

// Random delays and restarts: each message comes once, not before it is due, and soon after.
TEST_F(DelayedQueueTest, LosesNothing) {
  declare("jobs");
  bind("jobs");
  std::mt19937_64 random(3);
  std::map<std::string, WallTimeMs> due;
  std::size_t number = 0;
  for (int round = 0; round < 60; ++round) {
    for (std::size_t n = 0; n < random() % 20; ++n) {
      const auto delay = static_cast<std::int64_t>(1 + random() % (1ULL << random() % 24));
      const std::string body = std::to_string(number++);
      due[body] = server_.world().wall_clock_ms() + delay;
      publish_later(body, delay, random() % 2);
    }
    pass(static_cast<std::int64_t>(random() % (1ULL << random() % 22)));
    if (random() % 4 == 0) restart();
    settle_down();
    const WallTimeMs now_ms = server_.world().wall_clock_ms();
    std::size_t expected = 0;
    for (const auto& [body, when] : due) expected += when + 30 <= now_ms ? 1 : 0;
    Bodies found;
    const auto got = server_.run(engine().queue_client().peek(find("jobs"), 10'000));
    ASSERT_TRUE(got);
    for (const GotMessage& each : *got) {
      const auto read = decode_message(each.stored.view());
      ASSERT_TRUE(read);
      found.emplace_back(as_text(read->body));
      EXPECT_LE(due.at(found.back()), read->published_ms);
    }
    std::ranges::sort(found);
    EXPECT_TRUE(std::ranges::adjacent_find(found) == found.end());
    ASSERT_GE(found.size(), expected) << "round " << round;
  }
}

}  // namespace
}  // namespace koine::core
