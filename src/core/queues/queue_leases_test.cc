// Leases that no connection holds: given in turn with consumers, settled by number, back when they are late.
#include <gtest/gtest.h>

#include <string>

#include "core/queues/lease_client.h"
#include "core/queues/queue_server_fixture.h"
#include "runtime/started.h"

namespace koine::core {
namespace {

constexpr Duration lease_time = std::chrono::seconds(30);

class QueueLeases : public QueueServer {
 protected:
  using Leased = Result<std::vector<LeasedMessage>>;

  runtime::Started<Leased> start(const QueuePtr& queue, LeaseRequest request,
                                 std::size_t shard = 0) {
    call_ = std::make_shared<LeaseCall>();
    return runtime::start(engine(shard).shard().gate(),
                          lease_messages(engine(shard), queue, request, call_));
  }
  std::vector<LeaseId> lease(const QueuePtr& queue, std::uint32_t most, std::size_t shard = 0) {
    auto leased = start(queue, {.messages_max = most, .duration = lease_time}, shard);
    settle_down();
    return ids(queue, leased);
  }
  std::vector<LeaseId> ids(const QueuePtr& queue, runtime::Started<Leased>& leased) {
    EXPECT_TRUE(leased.is_ready());
    if (!leased.is_ready()) return {};
    auto done = leased.result().await_resume();
    EXPECT_TRUE(done) << done.error().to_string();
    std::vector<LeaseId> found;
    bodies_.clear();
    redelivered_.clear();
    failures_.clear();
    for (const LeasedMessage& each : *done) {
      bodies_.emplace_back(as_text(decode_message(each.message.stored.view())->body));
      redelivered_.push_back(each.message.is_redelivered);
      failures_.push_back(each.message.failed_deliveries);
      const LeaseId id{queue->id(), each.message.position, each.number};
      found.push_back(*LeaseId::parse(id.to_string()));
    }
    return found;
  }
  std::vector<bool> settle_all(const std::vector<LeaseId>& leases, Settlement::Kind kind,
                               std::size_t shard = 0) {
    std::vector<LeaseEnd> ends;
    for (const LeaseId& lease : leases) ends.push_back({lease, kind});
    auto settled = server_.run_on(engine(shard), settle_leases(engine(shard), ends));
    EXPECT_TRUE(settled);
    settle_down();
    return *settled;
  }
  bool extend(const LeaseId& lease, Duration duration) {
    return server_.run_on(engine(), extend_lease(engine(), lease, duration));
  }

  std::shared_ptr<LeaseCall> call_;
  Bodies bodies_;
  std::vector<bool> redelivered_;
  std::vector<std::uint32_t> failures_;
};

TEST_F(QueueLeases, AreSettledFromEveryShardAndStaySettled) {
  for (std::size_t shard = 0; shard < 2; ++shard) {
    const QueuePtr queue = declare(name_on(shard, "jobs"));
    publish(queue, {"1", "2", "3"});
    const auto leases = lease(queue, 2, 1 - shard);
    EXPECT_EQ(bodies_, Bodies({"1", "2"}));
    EXPECT_EQ(counts(queue).unsettled, 2U);
    EXPECT_EQ(settle_all(leases, Settlement::Kind::ack, 1 - shard),
              std::vector<bool>({true, true}));
    EXPECT_EQ(settle_all(leases, Settlement::Kind::ack), std::vector<bool>({false, false}));
    restart();
    EXPECT_EQ(peek(find(queue->spec.name.name)), Bodies({"3"}));
  }
}

TEST_F(QueueLeases, WithoutMessagesAreAnsweredAtOnceOrWait) {
  const QueuePtr queue = declare(name_on(1));
  EXPECT_TRUE(lease(queue, 10).empty());
  auto waiting =
      start(queue, {.messages_max = 10, .wait = std::chrono::seconds(20), .duration = lease_time});
  pass(5000);
  EXPECT_FALSE(waiting.is_ready());
  EXPECT_EQ(counts(queue).consumers, 1U);
  publish(queue, {"1", "2"});
  settle_down();
  EXPECT_EQ(ids(queue, waiting).size(), 2U);
  EXPECT_EQ(counts(queue).consumers, 0U);
  auto late = start(queue, {.wait = std::chrono::seconds(20), .duration = lease_time});
  pass(21'000);
  EXPECT_TRUE(ids(queue, late).empty());
}

TEST_F(QueueLeases, ThatAreLateComeBackAndCountAsFailed) {
  const QueuePtr queue = declare(name_on(0), {.delivery_limit = 1});
  publish(queue, {"1"});
  const auto first = lease(queue, 1);
  pass(29'000);
  EXPECT_TRUE(lease(queue, 1).empty());
  pass(2000);
  EXPECT_EQ(settle_all(first, Settlement::Kind::ack), std::vector<bool>({false}));
  const auto second = lease(queue, 1);
  EXPECT_EQ(redelivered_, std::vector<bool>({true}));
  EXPECT_EQ(failures_, std::vector<std::uint32_t>({1}));
  EXPECT_EQ(settle_all(first, Settlement::Kind::ack), std::vector<bool>({false}));
  pass(31'000);
  EXPECT_EQ(counts(queue).ready, 0U);
  EXPECT_EQ(counts(queue).unsettled, 0U);
}

TEST_F(QueueLeases, AreExtendedFromNow) {
  const QueuePtr queue = declare(name_on(0));
  publish(queue, {"1"});
  const auto leases = lease(queue, 1);
  pass(20'000);
  EXPECT_TRUE(extend(leases[0], lease_time));
  pass(20'000);
  EXPECT_EQ(counts(queue).ready, 0U);
  EXPECT_TRUE(extend(leases[0], std::chrono::milliseconds(1)));
  settle_down();
  EXPECT_FALSE(extend(leases[0], lease_time));
  EXPECT_EQ(counts(queue).ready, 1U);
}

TEST_F(QueueLeases, AreReleasedAndRejected) {
  const QueuePtr dead = declare(name_on(1, "dead"));
  const QueuePtr queue = declare(
      name_on(0), {.dead_letter_exchange = "", .dead_letter_routing_key = dead->spec.name.name});
  publish(queue, {"1", "2"});
  auto leases = lease(queue, 2);
  settle_all({leases[0]}, Settlement::Kind::requeue);
  settle_all({leases[1]}, Settlement::Kind::dead_letter);
  EXPECT_EQ(peek(queue), Bodies({"1"}));
  EXPECT_EQ(peek(dead), Bodies({"2"}));
  lease(queue, 2);
  EXPECT_EQ(failures_, std::vector<std::uint32_t>({0}));
}

TEST_F(QueueLeases, WaitInTurnWithConsumers) {
  const QueuePtr queue = declare(name_on(0));
  Consumer& consumer = consume(queue);
  auto waiting =
      start(queue, {.messages_max = 2, .wait = std::chrono::seconds(20), .duration = lease_time});
  settle_down();
  publish(queue, {"1", "2", "3", "4"});
  settle_down();
  EXPECT_EQ(ids(queue, waiting).size(), 2U);
  EXPECT_EQ(consumer.sink.bodies(), Bodies({"1", "3"}));
  EXPECT_EQ(bodies_, Bodies({"2", "4"}));
}

TEST_F(QueueLeases, CallsAreCancelled) {
  const QueuePtr queue = declare(name_on(1));
  auto waiting = start(queue, {.wait = std::chrono::hours(1), .duration = lease_time});
  settle_down();
  EXPECT_FALSE(waiting.is_ready());
  cancel_lease_call(engine(), *queue, call_);
  settle_down();
  EXPECT_TRUE(ids(queue, waiting).empty());
  publish(queue, {"1"});
  EXPECT_EQ(counts(queue).ready, 1U);
}

TEST_F(QueueLeases, LeaveAnAutoDeleteQueueAlone) {
  const QueuePtr queue = declare(QueueSpec{.name = {"/", name_on(0)}, .is_auto_delete = true});
  EXPECT_TRUE(lease(queue, 1).empty());
  EXPECT_NE(find(queue->spec.name.name), nullptr);
}

TEST_F(QueueLeases, EndWithTheQueue) {
  const QueuePtr queue = declare(name_on(1));
  publish(queue, {"1"});
  const auto leases = lease(queue, 1);
  auto waiting = start(queue, {.wait = std::chrono::hours(1), .duration = lease_time});
  settle_down();
  const auto deleted = server_.run(engine().queue_client().delete_queue(queue->spec.name, {}));
  EXPECT_TRUE(deleted);
  settle_down();
  EXPECT_FALSE(waiting.result().await_resume());
  EXPECT_EQ(settle_all(leases, Settlement::Kind::ack), std::vector<bool>({false}));
}

// Consumers that lease.
class LeasingConsumers : public QueueLeases {
 protected:
  Consumer& consume_leasing(const QueuePtr& queue, std::size_t shard, std::uint32_t credit,
                            int room = 1'000'000) {
    Consumer& consumer = consume(queue, shard, {.prefetch = 100, .lease = lease_time}, room);
    consumer.subscription->add_credit(credit);
    settle_down();
    return consumer;
  }
  void cancel_and_return(Consumer& consumer, Settlement::Kind kind) {
    server_.run_on(*consumer.at, as_value(consumer.subscription->cancel_and_return(kind)));
    settle_down();
  }
  static LeaseId lease_of(const Consumer& consumer, std::size_t n) {
    const TestSink::Taken& taken = consumer.sink.taken.at(n);
    return {consumer.subscription->queue()->id(), taken.position, taken.lease_number};
  }
};

TEST_F(LeasingConsumers, AreGivenWhatTheirCreditSays) {
  for (std::size_t shard = 0; shard < 2; ++shard) {
    const QueuePtr queue = declare(name_on(0));
    publish(queue, {"1", "2", "3", "4"});
    Consumer& consumer = consume_leasing(queue, shard, 2);
    EXPECT_EQ(consumer.sink.bodies(), Bodies({"1", "2"}));
    EXPECT_EQ(settle_all({lease_of(consumer, 0), lease_of(consumer, 1)}, Settlement::Kind::ack),
              std::vector<bool>({true, true}));
    EXPECT_EQ(consumer.sink.bodies().size(), 2U);
    EXPECT_EQ(counts(queue).unsettled, 0U);
    consumer.subscription->add_credit(1);
    settle_down();
    EXPECT_EQ(consumer.sink.bodies(), Bodies({"1", "2", "3"}));
    EXPECT_EQ(counts(queue).ready, 1U);
    cancel_and_return(consumer, Settlement::Kind::requeue);
    EXPECT_TRUE(server_.run(engine().queue_client().delete_queue(queue->spec.name, {})));
  }
}

TEST_F(LeasingConsumers, LoseWhatIsLate) {
  const QueuePtr queue = declare(name_on(0));
  publish(queue, {"1", "2"});
  Consumer& consumer = consume_leasing(queue, 0, 1);
  const LeaseId first = lease_of(consumer, 0);
  pass(20'000);
  EXPECT_TRUE(extend(first, lease_time));
  pass(20'000);
  EXPECT_EQ(counts(queue).ready, 1U);
  pass(11'000);
  EXPECT_EQ(settle_all({first}, Settlement::Kind::ack), std::vector<bool>({false}));
  EXPECT_EQ(peek(queue), Bodies({"1", "2"}));
  consumer.subscription->add_credit(1);
  settle_down();
  EXPECT_EQ(consumer.sink.taken.at(1).body, "1");
  EXPECT_TRUE(consumer.sink.taken.at(1).is_redelivered);
  EXPECT_EQ(consumer.sink.taken.at(1).failures, 1U);
}

TEST_F(LeasingConsumers, GiveBackWhatTheyHaveInOrder) {
  for (std::size_t shard = 0; shard < 2; ++shard) {
    const QueuePtr queue = declare(name_on(0));
    publish(queue, {"1", "2", "3", "4", "5"});
    // It has room for two; on its way between shards are others.
    Consumer& consumer = consume_leasing(queue, shard, 4, 2);
    EXPECT_EQ(consumer.sink.bodies(), Bodies({"1", "2"}));
    EXPECT_EQ(settle_all({lease_of(consumer, 0)}, Settlement::Kind::ack),
              std::vector<bool>({true}));
    cancel_and_return(consumer, Settlement::Kind::requeue_failed);
    EXPECT_EQ(consumer.sink.bodies().size(), 2U);
    EXPECT_EQ(counts(queue).unsettled, 0U);
    EXPECT_EQ(counts(queue).consumers, 0U);
    EXPECT_EQ(peek(queue), Bodies({"2", "3", "4", "5"}));
    Consumer& next = consume(queue);
    EXPECT_TRUE(next.sink.taken.at(0).is_redelivered);
    EXPECT_EQ(next.sink.taken.at(0).failures, 1U);
    EXPECT_FALSE(next.sink.taken.at(3).is_redelivered);
    cancel(next);
    EXPECT_TRUE(server_.run(engine().queue_client().delete_queue(queue->spec.name, {})));
  }
}

TEST_F(LeasingConsumers, ThatAreCancelledKeepTheirLeases) {
  const QueuePtr queue = declare(name_on(0));
  publish(queue, {"1", "2"});
  Consumer& consumer = consume_leasing(queue, 1, 2);
  cancel(consumer);
  EXPECT_EQ(counts(queue).unsettled, 2U);
  EXPECT_EQ(settle_all({lease_of(consumer, 0)}, Settlement::Kind::ack), std::vector<bool>({true}));
  pass(31'000);
  EXPECT_EQ(peek(queue), Bodies({"2"}));
}

TEST_F(LeasingConsumers, GiveBackNothingThatARequestWithAKeyHasGivenBack) {
  const QueuePtr queue = declare(name_on(0));
  publish(queue, {"1"});
  Consumer& consumer = consume_leasing(queue, 0, 1);
  const auto piece = std::make_shared<IdempotentPiece>();
  const auto given_back = server_.run(settle_leases_once(
      engine(), queue->id(), {{lease_of(consumer, 0), Settlement::Kind::requeue}}, piece, {}));
  ASSERT_TRUE(given_back);
  EXPECT_EQ(given_back->was_held, std::vector<bool>({true}));
  Consumer& next = consume(queue);
  ASSERT_EQ(next.sink.bodies(), Bodies({"1"}));
  cancel_and_return(consumer, Settlement::Kind::requeue_failed);
  EXPECT_EQ(counts(queue).ready, 0U);
  EXPECT_EQ(next.sink.bodies(), Bodies({"1"}));
}

TEST(LeaseId, IsReadAsItWasWrittenOrNotAtAll) {
  const LeaseId id{LogId(0x1234'5678'9ABCULL), {255, Offset(77)}, 0xFFFF'FFFF'FFFFULL};
  const std::string text = id.to_string();
  EXPECT_EQ(text.size(), 34U);
  const auto read = LeaseId::parse(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->to_string(), text);
  for (const std::string& wrong :
       {std::string(), text + "A", text.substr(1), "*" + text.substr(1)}) {
    EXPECT_FALSE(LeaseId::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace koine::core
