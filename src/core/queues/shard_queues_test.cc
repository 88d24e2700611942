// Queues of a whole (simulated) server: published, delivered, settled, moved, deleted, and found again after a restart. Each
// test that says so runs with the client on the queue's shard and on the other one.

#include "core/queues/shard_queues.h"

#include <fmt/format.h>

#include "core/queues/queue_limits.h"
#include "core/queues/queue_server_fixture.h"

namespace koine::core {
namespace {

using Kind = Settlement::Kind;

class ShardQueuesTest : public QueueServer {};
// The parameter is the shard of the queue; everybody else is on shard 0.
class QueueFromAnywhere : public QueueServer, public testing::WithParamInterface<std::size_t> {};

TEST_P(QueueFromAnywhere, DeliversWhatWasPublishedAndForgetsWhatWasSettled) {
  const QueuePtr queue = declare(name_on(GetParam()));
  publish(queue, {"a", "b", "c"});
  Consumer& consumer = consume(queue, 0, {.prefetch = 2});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b"}));
  settle(consumer, 0);
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b", "c"}));
  EXPECT_EQ(counts(queue).unsettled, 2U);
  EXPECT_EQ(counts(queue).published, 3U);
  settle(consumer, 1);
  settle(consumer, 2);
  EXPECT_EQ(counts(queue).unsettled, 0U);
  cancel(consumer);
  EXPECT_EQ(counts(queue).consumers, 0U);
}

TEST_P(QueueFromAnywhere, FindsTheRestAfterARestart) {
  const QueuePtr queue = declare(name_on(GetParam()));
  publish(queue, {"a", "b", "c"});
  Consumer& consumer = consume(queue, 0, {.prefetch = 2});
  settle(consumer, 0);
  settle(consumer, 1, Kind::requeue_failed);
  restart();
  Consumer& again = consume(find(queue->spec.name.name));
  EXPECT_EQ(again.sink.bodies(), (Bodies{"b", "c"}));
  EXPECT_TRUE(again.sink.taken[0].is_redelivered);
  EXPECT_EQ(again.sink.taken[0].failures, 1U);
}

TEST_P(QueueFromAnywhere, KeepsTheOrderOfAHundredThousandBytesInPieces) {
  const QueuePtr queue = declare(name_on(GetParam()));
  Bodies bodies;
  for (int n = 0; n < 2000; ++n) bodies.push_back(std::to_string(n) + std::string(n % 150, 'x'));
  publish(queue, bodies);
  Consumer& consumer = consume(queue, 0, {}, 10);
  EXPECT_EQ(consumer.sink.taken.size(), 10U);
  const std::uint64_t ahead = counts(queue).unsettled;
  if (GetParam() == 0) {
    EXPECT_EQ(ahead, 10U);
  } else {
    EXPECT_LT(ahead, 2 * link_window_bytes / 150);  // the rest waits in the queue
  }
  for (int n = 0; n < 200 && consumer.sink.taken.size() < bodies.size(); ++n) {
    consumer.sink.room = 17;
    consumer.subscription->resume();
    settle_down();
    if (n == 20) consumer.sink.room = 100'000;
  }
  consumer.subscription->resume();
  settle_down();
  EXPECT_EQ(consumer.sink.bodies(), bodies);
}

TEST_P(QueueFromAnywhere, TakesNothingAfterACancelAndLosesNothing) {
  const QueuePtr queue = declare(name_on(GetParam()));
  Bodies bodies;
  for (int n = 0; n < 500; ++n) bodies.push_back(std::to_string(n));
  publish(queue, bodies);
  Consumer& consumer = consume(queue, 0, {.is_auto_ack = true}, 20);
  consumer.sink.room = 1000;  // what is on its way is taken without asking
  cancel(consumer);
  const std::size_t taken = consumer.sink.taken.size();
  settle_down();
  EXPECT_EQ(consumer.sink.taken.size(), taken);
  Consumer& next = consume(queue, 0, {.is_auto_ack = true});
  Bodies all = consumer.sink.bodies();
  for (const auto& body : next.sink.bodies()) all.push_back(body);
  EXPECT_EQ(all, bodies);
}

TEST_P(QueueFromAnywhere, GetsPeeksAndPurges) {
  const QueuePtr queue = declare(name_on(GetParam()));
  publish(queue, {"a", "b", "c", "d"});
  QueueClient& client = engine().queue_client();
  const auto got = server_.run(client.get(queue, false));
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->ready, 3U);
  EXPECT_EQ(peek(queue), (Bodies{"b", "c", "d"}));
  EXPECT_EQ(server_.run(client.purge_queue(queue)), 3U);
  EXPECT_TRUE(peek(queue).empty());
  const std::vector<Settlement> back = {{(*got)->position, Kind::requeue}};
  ASSERT_TRUE(server_.run(client.settle_durably(queue, back)));
  EXPECT_EQ(peek(queue), (Bodies{"a"}));
  restart();
  EXPECT_EQ(peek(find(queue->spec.name.name)), (Bodies{"a"}));
}

TEST_P(QueueFromAnywhere, SettlesInTheCommitOfATransaction) {
  const QueuePtr queue = declare(name_on(GetParam()));
  publish(queue, {"a", "b", "c"});
  Consumer& consumer = consume(queue);
  const std::vector<Settlement> settlements = {{consumer.sink.taken[0].position, Kind::ack},
                                               {consumer.sink.taken[1].position, Kind::requeue}};
  PublishBatch batch;
  batch.add(message("new"), {&queue, 1});
  batch.add_settlements(queue->id(), settlements);
  ASSERT_TRUE(publish(std::move(batch)));
  settle_down();
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b", "c", "b", "new"}));
  EXPECT_EQ(counts(queue).unsettled, 3U);
  restart();
  EXPECT_EQ(peek(find(queue->spec.name.name)), (Bodies{"b", "c", "new"}));
}

TEST_P(QueueFromAnywhere, EndsSubscriptionsOfADeletedQueue) {
  const QueuePtr queue = declare(name_on(GetParam()));
  publish(queue, {"a"});
  Consumer& consumer = consume(queue);
  QueueClient& client = engine().queue_client();
  const auto refused = server_.run(client.delete_queue(queue->spec.name, {.if_unused = true}));
  EXPECT_EQ(refused.error().code(), ErrorCode::conflict);
  publish(queue, {"b"});
  settle_down();
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b"}));  // as if nothing had been asked
  EXPECT_EQ(server_.run(client.delete_queue(queue->spec.name, {})), 0U);
  settle_down();
  EXPECT_EQ(consumer.sink.ended, SubscriptionEnd::queue_deleted);
  EXPECT_EQ(server_.run(client.get(queue, true)).error().code(), ErrorCode::not_found);
  TestSink sink;
  const auto opened = server_.run(Subscription::open(engine(), queue, {}, sink));
  EXPECT_EQ(opened.error().code(), ErrorCode::not_found);
}

TEST_P(QueueFromAnywhere, IsDeletedAfterItsLastConsumerOrWhenNobodyUsesIt) {
  QueueSpec spec{.name = {"/", name_on(GetParam())}};
  spec.is_auto_delete = true;
  const QueuePtr queue = declare(spec);
  pass(2000);
  Consumer& consumer = consume(queue);
  ASSERT_NE(find(queue->spec.name.name), nullptr);
  cancel(consumer);
  pass(100);
  EXPECT_EQ(find(queue->spec.name.name), nullptr);
  const QueuePtr unused = declare(name_on(GetParam(), "unused"), {.expires_ms = 1000});
  pass(900);
  EXPECT_NE(find(unused->spec.name.name), nullptr);
  pass(300);
  EXPECT_EQ(find(unused->spec.name.name), nullptr);
}

TEST_P(QueueFromAnywhere, RejectsWhatIsOverItsLimits) {
  const QueuePtr queue =
      declare(name_on(GetParam()), {.length_max = 2, .overflow = Overflow::reject_publish});
  publish(queue, {"a", "b", "c", "d"});
  EXPECT_EQ(rejected_, (std::vector<std::uint32_t>{2, 3}));
  EXPECT_EQ(peek(queue), (Bodies{"a", "b"}));
}

INSTANTIATE_TEST_SUITE_P(OnShard, QueueFromAnywhere, testing::Values(0U, 1U));

// From a queue on shard 0 to one on the shard of the parameter, through the default exchange.
class DeadLetters : public QueueServer, public testing::WithParamInterface<std::size_t> {
 protected:
  QueueSettings to(const QueuePtr& target, QueueSettings settings = {}) {
    settings.dead_letter_exchange = "";
    settings.dead_letter_routing_key = target->spec.name.name;
    return settings;
  }
};

TEST_P(DeadLetters, MoveWhatWasRejected) {
  const QueuePtr dead = declare(name_on(GetParam(), "dead"));
  const QueuePtr queue = declare(name_on(0), to(dead));
  publish(queue, {"a", "b"});
  Consumer& consumer = consume(queue);
  settle(consumer, 0, Kind::dead_letter);
  EXPECT_EQ(peek(dead), (Bodies{"a"}));
  EXPECT_EQ(counts(queue).unsettled, 1U);
  restart();
  EXPECT_EQ(peek(find(dead->spec.name.name)), (Bodies{"a"}));
  EXPECT_EQ(peek(find(queue->spec.name.name)), (Bodies{"b"}));
}

TEST_P(DeadLetters, MoveWhatExpiredAlsoDuringARestart) {
  const QueuePtr dead = declare(name_on(GetParam(), "dead"));
  const QueuePtr queue = declare(name_on(0), to(dead, {.message_ttl_ms = 1000}));
  Bodies bodies;
  for (int n = 0; n < 3000; ++n) bodies.push_back(std::to_string(n));
  publish(queue, bodies);
  EXPECT_TRUE(peek(dead).empty());
  server_.world().shift_wall_clock(2000);
  restart();
  pass(2000);
  EXPECT_EQ(counts(find(queue->spec.name.name)).ready, 0U);
  bodies.resize(1000);
  EXPECT_EQ(peek(find(dead->spec.name.name)), bodies);
  EXPECT_EQ(counts(find(dead->spec.name.name)).ready, 3000U);
}

TEST_P(DeadLetters, AreNeverLostByACrash) {
  for (std::uint64_t crash_at = 1; crash_at < 40; crash_at += 2) {
    TestServer server({.seed = 700 + crash_at, .shard_count = 2});
    ASSERT_TRUE(server.storage().make_directory("/data") && server.storage().sync_directory("/"));
    ASSERT_TRUE(server.open());
    const auto declare_there = [&](const std::string& name, QueueSettings settings) {
      QueueSpec spec{.name = {"/", name}};
      spec.settings = std::move(settings);
      return *server.run(server.engine().queue_client().declare_queue(spec));
    };
    std::string dead_name = "dead";
    while (&server.engine().owner_of_queue({"/", dead_name}) != &server.engine(GetParam()))
      dead_name += "x";
    std::string name = "jobs";
    while (&server.engine().owner_of_queue({"/", name}) != &server.engine()) name += "x";
    const QueuePtr dead = declare_there(dead_name, {});
    const QueuePtr queue = declare_there(name, to(dead));
    PublishBatch batch;
    batch.add(message("a"), {&queue, 1});
    const auto published = server.run(server.engine().queue_client().publish(std::move(batch)));
    ASSERT_TRUE(server.run(journal::done(published->commit)));
    const auto got = server.run(server.engine().queue_client().get(queue, false));
    ASSERT_TRUE(got && *got);
    server.storage().faults().crashing_operation = server.storage().operations() + crash_at;
    const Settlement settlement{(*got)->position, Kind::dead_letter};
    server.engine().queue_client().settle(queue, {&settlement, 1});
    server.world().run_for(std::chrono::milliseconds(50));
    server.storage().faults().crashing_operation.reset();
    server.restart();
    server.world().run_for(std::chrono::milliseconds(50));
    const auto ready = [&](const QueuePtr& there) {
      const auto counts = server.run(server.engine().queue_client().counts(there));
      EXPECT_TRUE(counts) << counts.error().to_string();
      return counts ? counts->ready : 0;
    };
    const auto in_dead = ready(dead);
    const auto in_queue = ready(queue);
    EXPECT_GE(in_dead + in_queue, 1U) << crash_at;
    // In one commit on one shard; the new place first on two.
    if (GetParam() == 0) EXPECT_EQ(in_dead + in_queue, 1U) << crash_at;
  }
}

INSTANTIATE_TEST_SUITE_P(OnShard, DeadLetters, testing::Values(0U, 1U));

// More than one entry of the journal holds.
TEST_F(ShardQueuesTest, MovesManyDeadLettersOnceThroughACrash) {
  constexpr std::uint64_t count = 20;
  for (std::uint64_t crash_at = 1; crash_at < 20; ++crash_at) {
    const QueuePtr dead = declare(fmt::format("dead-{}", crash_at));
    QueueSettings settings{.message_ttl_ms = 1000, .dead_letter_exchange = ""};
    settings.dead_letter_routing_key = dead->spec.name.name;
    std::string name = fmt::format("jobs-{}", crash_at);
    while (&engine().owner_of_queue({"/", name}) != &engine().owner_of(dead->id())) name += "x";
    const QueuePtr queue = declare(name, settings);
    publish(queue, Bodies(count, std::string(40'000, 'b')));
    server_.storage().faults().crashing_operation = server_.storage().operations() + crash_at;
    server_.world().shift_wall_clock(1000);
    pass(1000);
    server_.storage().faults().crashing_operation.reset();
    restart();
    pass(3000);
    EXPECT_EQ(counts(find(name)).ready, 0U);
    EXPECT_EQ(counts(find(dead->spec.name.name)).ready, count) << crash_at;
  }
}

// Two that are together as large as an entry for them may be.
TEST_P(DeadLetters, MoveInGroupsThatTheJournalTakes) {
  const QueuePtr dead = declare(name_on(GetParam(), "dead"));
  const QueuePtr queue = declare(name_on(0), to(dead, {.message_ttl_ms = 1000}));
  publish(queue, {std::string(120'000, 'a'), std::string(141'700, 'b'), "c"});
  pass(3000);
  EXPECT_EQ(counts(queue).unsettled, 0U);
  EXPECT_EQ(counts(dead).ready, 3U);
}

// A message may be as large as the journal takes, and grows by its x-death.
TEST_P(DeadLetters, MoveTheLargestMessageOrDropItAndSaySo) {
  std::vector<std::string> notices;
  server_.engine_options().journal.on_notice = [&](const std::string& sentence) {
    notices.push_back(sentence);
  };
  restart();
  const QueuePtr dead = declare(name_on(GetParam(), "dead"));
  const QueuePtr queue = declare(name_on(0), to(dead, {.message_ttl_ms = 1000}));
  publish(queue, {std::string(256 * KiB, 'a')});
  publish(queue, {std::string(512 * KiB - 150, 'b')});
  publish(queue, {"c"});
  pass(3000);
  EXPECT_EQ(counts(queue).unsettled, 0U);
  ASSERT_EQ(counts(dead).ready, 2U);
  EXPECT_TRUE(peek(dead) == (Bodies{std::string(256 * KiB, 'a'), "c"}));
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_NE(notices[0].find("was dropped"), std::string::npos) << notices[0];
}

// Each topic gets a record of its own: together they are more than one append takes.
TEST_P(DeadLetters, MoveToManyTopics) {
  ASSERT_TRUE(server_.run(engine().queue_client().declare_exchange(
      {.name = {"/", "graves"}, .type = ExchangeType::fanout})));
  Bodies names;
  for (int n = 0; n < 4; ++n) {
    names.push_back(fmt::format("topic-{}", n));
    ASSERT_TRUE(server_.run(engine().create_topic({.name = names.back()})));
    const Binding binding{.source = {"/", "graves"},
                          .target_kind = TargetKind::topic,
                          .target = names.back(),
                          .routing_key = {},
                          .arguments = {}};
    const auto bound = server_.run(engine().queue_client().bind(binding));
    ASSERT_TRUE(bound) << bound.error().to_string();
  }
  QueueSettings settings{.message_ttl_ms = 1000, .dead_letter_exchange = "graves"};
  const QueuePtr queue = declare(name_on(GetParam()), settings);
  publish(queue, {std::string(200'000, 'a'), "b"});
  pass(3000);
  EXPECT_EQ(counts(queue).unsettled, 0U);
  for (const std::string& name : names)
    EXPECT_EQ(server_.partition(name)->next_offset(), Offset{2});
}

TEST_F(ShardQueuesTest, DropsWhatWouldGoRoundForEver) {
  QueueSettings settings{.message_ttl_ms = 100, .dead_letter_exchange = ""};
  settings.dead_letter_routing_key = "circle";
  const QueuePtr queue = declare("circle", settings);
  publish(queue, {"a"});
  pass(1000);
  EXPECT_EQ(counts(queue).ready, 0U);
  EXPECT_EQ(counts(queue).published, 1U);
}

TEST_F(ShardQueuesTest, SendsARetriedMessageRoundAsOftenAsItIsRejected) {
  QueueSettings wait{.message_ttl_ms = 100, .dead_letter_exchange = ""};
  wait.dead_letter_routing_key = "work";
  QueueSettings work{.dead_letter_exchange = ""};
  work.dead_letter_routing_key = "wait";
  declare("wait", wait);
  const QueuePtr queue = declare("work", work);
  publish(queue, {"a"});
  Consumer& consumer = consume(queue);
  for (std::size_t n = 0; n < 3; ++n) {
    ASSERT_EQ(consumer.sink.taken.size(), n + 1);
    settle(consumer, n, Kind::dead_letter);
    pass(200);
  }
  EXPECT_EQ(consumer.sink.taken.size(), 4U);
}

TEST_F(ShardQueuesTest, SettlesADeadMessageThatNobodyWants) {
  QueueSettings settings;
  settings.dead_letter_exchange = "there is none";
  const QueuePtr queue = declare("jobs", settings);
  publish(queue, {"a"});
  Consumer& consumer = consume(queue);
  settle(consumer, 0, Kind::dead_letter);
  EXPECT_EQ(counts(queue).unsettled, 0U);
  EXPECT_EQ(counts(queue).settled, 1U);
  restart();
  EXPECT_TRUE(peek(find("jobs")).empty());
}

TEST_F(ShardQueuesTest, SharesCreditAmongQueuesOfDifferentShards) {
  const auto shared = std::make_shared<SharedCredit>();
  shared->limit = 3;
  const QueuePtr near = declare(name_on(0));
  const QueuePtr far = declare(name_on(1));
  publish(near, {"a", "b", "c", "d"});
  publish(far, {"a", "b", "c", "d"});
  Consumer& first = consume(near, 0, {.shared_credit = shared});
  Consumer& second = consume(far, 0, {.shared_credit = shared});
  EXPECT_EQ(first.sink.taken.size() + second.sink.taken.size(), 3U);
  std::size_t settled_first = 0;
  std::size_t settled_second = 0;
  for (int round = 0; round < 4; ++round) {
    while (settled_first < first.sink.taken.size()) settle(first, settled_first++);
    while (settled_second < second.sink.taken.size()) settle(second, settled_second++);
  }
  EXPECT_EQ(first.sink.taken.size(), 4U);
  EXPECT_EQ(second.sink.taken.size(), 4U);
  EXPECT_EQ(shared->used, 0U);
}

TEST_F(ShardQueuesTest, StoresOnceWhatGoesToTwoQueues) {
  const std::vector<QueuePtr> both = {declare(name_on(0, "one")), declare(name_on(0, "two"))};
  PublishBatch batch;
  batch.add(message("a"), both);
  ASSERT_TRUE(publish(std::move(batch)));
  for (const QueuePtr& queue : both) EXPECT_EQ(peek(queue), (Bodies{"a"}));
}

}  // namespace
}  // namespace koine::core
