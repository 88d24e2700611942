// Who gets which message, in which order.

#include "core/queues/queue_test_bench.h"

namespace koine::core {
namespace {

class QueueDelivery : public QueueBench {};
using Kind = Settlement::Kind;

TEST_F(QueueDelivery, DeliversInTheOrderOfPublishing) {
  open();
  publish_all({"a", "b"});
  Consumer& consumer = consume();
  publish_all({"c"});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b", "c"}));
  EXPECT_FALSE(consumer.sink.taken[0].is_redelivered);
}

TEST_F(QueueDelivery, DeliversNothingBeforeTheFirstResume) {
  open();
  TestSink sink;
  const auto consumer = *queue_->add_consumer({}, sink);
  publish_all({"a"});
  EXPECT_TRUE(sink.taken.empty());
  queue_->resume(*consumer);
  settle_down();
  EXPECT_EQ(sink.bodies(), (Bodies{"a"}));
  queue_->end(SubscriptionEnd::closing);
}

TEST_F(QueueDelivery, TakesTurnsAmongConsumersWithCredit) {
  open();
  Consumer& first = consume({.prefetch = 2});
  Consumer& second = consume();
  publish_all({"a", "b", "c", "d", "e", "f"});
  EXPECT_EQ(first.sink.bodies(), (Bodies{"a", "c"}));
  EXPECT_EQ(second.sink.bodies(), (Bodies{"b", "d", "e", "f"}));
  settle(first.sink.taken[0].position);
  publish_all({"g", "h"});
  EXPECT_EQ(first.sink.taken.size(), 3U);
}

TEST_F(QueueDelivery, KeepsToThePrefetch) {
  open();
  Consumer& consumer = consume({.prefetch = 2});
  publish_all({"a", "b", "c"});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b"}));
  EXPECT_EQ(queue_->counts().ready, 1U);
  EXPECT_EQ(queue_->counts().unsettled, 2U);
  settle(consumer.sink.taken[1].position);
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b", "c"}));
}

TEST_F(QueueDelivery, SharesOneCreditAmongConsumersOfSeveralQueues) {
  open();
  const auto shared = std::make_shared<SharedCredit>();
  shared->limit = 2;
  ASSERT_TRUE(shared->try_take());  // by a consumer of another queue
  Consumer& first = consume({.shared_credit = shared});
  Consumer& second = consume({.shared_credit = shared});
  publish_all({"a", "b", "c"});
  EXPECT_EQ(first.sink.taken.size() + second.sink.taken.size(), 1U);
  shared->give_back(
      1);  // the other queue's message is settled: nobody tells this one but the credit
  settle_down();
  EXPECT_EQ(first.sink.taken.size() + second.sink.taken.size(), 2U);
  EXPECT_EQ(shared->used, 2U);
  settle(first.sink.taken[0].position);
  EXPECT_EQ(first.sink.taken.size() + second.sink.taken.size(), 3U);
  queue_->end(SubscriptionEnd::queue_deleted);
  EXPECT_EQ(shared->used, 0U);
}

TEST_F(QueueDelivery, AsksWhetherTheSinkHasRoom) {
  open();
  Consumer& full = consume({}, 1);
  Consumer& other = consume({}, 1);
  publish_all({"a", "b", "c"});
  EXPECT_EQ(full.sink.bodies(), (Bodies{"a"}));
  EXPECT_EQ(other.sink.bodies(), (Bodies{"b"}));
  full.sink.room = 5;
  queue_->resume(*full.there);
  settle_down();
  EXPECT_EQ(full.sink.bodies(), (Bodies{"a", "c"}));
}

TEST_F(QueueDelivery, ServesHigherConsumerPrioritiesFirstWhileTheyHaveCredit) {
  open();
  Consumer& low = consume({.priority = -1});
  Consumer& high = consume({.prefetch = 2, .priority = 10});
  publish_all({"a", "b", "c"});
  EXPECT_EQ(high.sink.bodies(), (Bodies{"a", "b"}));
  EXPECT_EQ(low.sink.bodies(), (Bodies{"c"}));
}

TEST_F(QueueDelivery, SettlesAsAnAutoAckConsumerTakes) {
  open();
  Consumer& consumer = consume({.is_auto_ack = true, .prefetch = 1});
  publish_all({"a", "b"});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b"}));
  EXPECT_EQ(store_->message_count(), 0U);
  EXPECT_EQ(queue_->counts().settled, 2U);
}

TEST_F(QueueDelivery, GivesAnExclusiveConsumerTheQueueForItself) {
  open();
  TestSink sink;
  {
    Consumer& other = consume();
    EXPECT_EQ(queue_->add_consumer({.is_exclusive = true}, sink).error().code(), ErrorCode::denied);
    queue_->cancel(other.there);
  }
  ASSERT_TRUE(queue_->add_consumer({.is_exclusive = true}, sink));
  TestSink second;
  EXPECT_EQ(queue_->add_consumer({}, second).error().code(), ErrorCode::denied);
  EXPECT_EQ(run(queue_->get(true)).error().code(), ErrorCode::denied);
  queue_->end(SubscriptionEnd::closing);
}

TEST_F(QueueDelivery, ServesASingleActiveConsumerUntilItLeaves) {
  open({.is_single_active_consumer = true});
  Consumer& active = consume({.prefetch = 1});
  Consumer& waiting = consume();
  publish_all({"a", "b"});
  EXPECT_EQ(active.sink.bodies(), (Bodies{"a"}));
  EXPECT_TRUE(waiting.sink.taken.empty());
  queue_->cancel(active.there);
  settle_down();
  EXPECT_EQ(waiting.sink.bodies(), (Bodies{"b"}));
}

TEST_F(QueueDelivery, HandsTheActiveRoleToAHigherPriorityWhenNothingIsUnsettled) {
  open({.is_single_active_consumer = true});
  Consumer& active = consume({.prefetch = 1});
  publish_all({"a", "b"});
  Consumer& higher = consume({.priority = 1});
  EXPECT_TRUE(higher.sink.taken.empty());
  settle(active.sink.taken[0].position);
  EXPECT_EQ(active.sink.bodies(), (Bodies{"a"}));
  EXPECT_EQ(higher.sink.bodies(), (Bodies{"b"}));
}

TEST_F(QueueDelivery, GivesTheActiveRoleBackWhenTheHigherPriorityLeavesBefore) {
  open({.is_single_active_consumer = true});
  Consumer& active = consume({.prefetch = 2});
  publish_all({"a"});
  Consumer& higher = consume({.priority = 1});
  publish_all({"b"});
  EXPECT_EQ(active.sink.bodies(), (Bodies{"a"}));
  queue_->cancel(higher.there);
  settle_down();
  EXPECT_EQ(active.sink.bodies(), (Bodies{"a", "b"}));
}

TEST_F(QueueDelivery, ReturnsMessagesInTheirOrderBeforeFreshOnes) {
  open();
  Consumer& lost = consume({.prefetch = 3});
  publish_all({"a", "b", "c", "d"});
  lose(lost);
  Consumer& next = consume();
  EXPECT_EQ(next.sink.bodies(), (Bodies{"a", "b", "c", "d"}));
  EXPECT_TRUE(next.sink.taken[0].is_redelivered);
  EXPECT_EQ(next.sink.taken[0].failures, 1U);
  EXPECT_FALSE(next.sink.taken[3].is_redelivered);
  EXPECT_EQ(queue_->counts().returned, 3U);
}

TEST_F(QueueDelivery, CountsARequeueAsRedeliveryButNotAsFailure) {
  open();
  Consumer& consumer = consume({.prefetch = 1});
  publish_all({"a"});
  settle(consumer.sink.taken[0].position, Kind::requeue);
  ASSERT_EQ(consumer.sink.taken.size(), 2U);
  EXPECT_TRUE(consumer.sink.taken[1].is_redelivered);
  EXPECT_EQ(consumer.sink.taken[1].failures, 0U);
}

TEST_F(QueueDelivery, KeepsWhatACancelledConsumerHasUntilItIsSettled) {
  open();
  Consumer& consumer = consume();
  publish_all({"a"});
  queue_->cancel(consumer.there);
  settle_down();
  EXPECT_EQ(queue_->counts().unsettled, 1U);
  publish_all({"b"});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a"}));
  settle(consumer.sink.taken[0].position);
  EXPECT_EQ(queue_->counts().unsettled, 0U);
}

TEST_F(QueueDelivery, SkipsSettlementsOfWhatIsNotLeased) {
  open();
  const QueuePosition position = publish({.body = "a"});
  settle(position);
  settle({.level = 0, .offset = Offset{77}});
  EXPECT_EQ(queue_->counts().ready, 1U);
}

TEST_F(QueueDelivery, DeliversTheHighestPriorityFirst) {
  open({.priority_max = 9});
  for (const auto& [body, priority] :
       std::map<std::string, std::uint8_t>{{"a0", 0}, {"b5", 5}, {"c9", 9}, {"d5", 5}, {"e0", 0}}) {
    publish({.body = body, .priority = priority});
  }
  Consumer& consumer = consume({.prefetch = 4});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"c9", "b5", "d5", "a0"}));
  settle(consumer.sink.taken[1].position, Kind::requeue);
  EXPECT_EQ(consumer.sink.taken[4].body, "b5");
}

TEST_F(QueueDelivery, HasAsManyPrioritiesAsThereCanBe) {
  open({.priority_max = 255});
  publish({.body = "low", .priority = 0});
  publish({.body = "high", .priority = 255});
  EXPECT_EQ(queue_->counts().published, 2U);
  Consumer& consumer = consume({.prefetch = 4});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"high", "low"}));
}

TEST_F(QueueDelivery, MarksWhatWasPerhapsDeliveredBeforeARestart) {
  open();
  publish_all({"a", "b"});
  restart();
  publish_all({"c"});
  Consumer& consumer = consume();
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b", "c"}));
  EXPECT_TRUE(consumer.sink.taken[0].is_redelivered);
  EXPECT_FALSE(consumer.sink.taken[2].is_redelivered);
}

TEST_F(QueueDelivery, ReadsWhatIsNotInMemory) {
  open();
  Consumer& consumer = consume();
  publish({.body = "a", .is_cold = true});
  publish({.body = "b"});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b"}));
  EXPECT_EQ(store_->loads(), 1);
}

TEST_F(QueueDelivery, DropsADamagedMessageAndSaysSo) {
  open();
  store_->damage(store({.body = "a"}));
  store({.body = "b"});
  Consumer& consumer = consume();
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"b"}));
  EXPECT_EQ(notices_,
            (Bodies{"queue jobs: a message is damaged and was dropped: log 1, offset 2"}));
}

TEST_F(QueueDelivery, TriesAgainWhenTheDiskCanNotBeRead) {
  open();
  store_->set_failing(true);
  Consumer& consumer = consume();
  publish({.body = "a", .is_cold = true});
  EXPECT_TRUE(consumer.sink.taken.empty());
  store_->set_failing(false);
  pass(1100);
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a"}));
}

TEST_F(QueueDelivery, LooksAgainWhenWhatItReadsIsPurged) {
  open();
  store({.body = "a", .is_cold = true});
  store({.body = "b"});
  store_->set_purging();
  EXPECT_EQ(get(), "b");
}

TEST_F(QueueDelivery, LetsASinkSettleWhileItTakes) {
  open();
  Consumer& consumer = consume({.prefetch = 1});
  consumer.sink.on_take = [&](const Delivery& delivery) {
    const Settlement settlement{delivery.position, Kind::ack};
    queue_->settle({&settlement, 1});
  };
  publish_all({"a", "b", "c"});
  EXPECT_EQ(consumer.sink.taken.size(), 3U);
  EXPECT_EQ(store_->message_count(), 0U);
}

TEST_F(QueueDelivery, LetsOthersGoOnAfterAWhile) {
  open();
  for (int n = 0; n < 10'000; ++n) store({.body = "a"});
  Consumer& consumer = consume({}, 0);
  consumer.sink.room = 20'000;
  queue_->resume(*consumer.there);
  std::size_t seen = 0;
  reactor_.post([&] { seen = consumer.sink.taken.size(); });
  world_.run_for(std::chrono::milliseconds(100));
  EXPECT_EQ(consumer.sink.taken.size(), 10'000U);
  EXPECT_GT(seen, 0U);
  EXPECT_LT(seen, 10'000U);
}

TEST_F(QueueDelivery, DoesNothingWhenThereIsNothingToDo) {
  open();
  Consumer& consumer = consume({.prefetch = 1});
  publish_all({"a", "b"});
  store({.body = "c"});
  store({.body = "d"});
  EXPECT_FALSE(world_.step());  // nothing is posted for messages that nobody can take
  EXPECT_EQ(consumer.sink.taken.size(), 1U);
}

TEST_F(QueueDelivery, TellsConsumersThatTheQueueIsGone) {
  open();
  Consumer& consumer = consume();
  publish_all({"a"});
  queue_->end(SubscriptionEnd::queue_deleted);
  EXPECT_EQ(consumer.sink.ended, SubscriptionEnd::queue_deleted);
  settle(consumer.sink.taken[0].position);
  TestSink sink;
  EXPECT_EQ(queue_->add_consumer({}, sink).error().code(), ErrorCode::not_found);
  EXPECT_EQ(run(queue_->get(true)).error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace koine::core
