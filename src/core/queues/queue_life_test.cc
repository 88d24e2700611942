// What becomes of messages that nobody consumes, and of queues that nobody uses.

#include "core/queues/queue_limits.h"
#include "core/queues/queue_test_bench.h"

namespace koine::core {
namespace {

class QueueLife : public QueueBench {};
using Kind = Settlement::Kind;

QueueSettings with_dead_letters(QueueSettings settings = {}) {
  settings.dead_letter_exchange = "dead";
  return settings;
}

TEST_F(QueueLife, ExpiresMessagesWithoutAnyConsumer) {
  open(with_dead_letters({.message_ttl_ms = 100}));
  publish_all({"a", "b"});
  pass(50);
  publish_all({"c"});
  EXPECT_TRUE(dead_.empty());
  pass(60);
  EXPECT_EQ(dead(), (Bodies{"a expired", "b expired"}));
  pass(60);
  EXPECT_EQ(dead().back(), "c expired");
  EXPECT_EQ(store_->message_count(), 0U);
}

TEST_F(QueueLife, ExpiresByTheSmallerOfTheQueuesAndTheMessagesTime) {
  open(with_dead_letters({.message_ttl_ms = 100}));
  publish({.body = "own", .ttl_ms = 20});
  publish({.body = "queues", .ttl_ms = 1000});
  pass(30);
  EXPECT_EQ(dead(), (Bodies{"own expired"}));
  pass(100);
  EXPECT_EQ(dead(), (Bodies{"own expired", "queues expired"}));
}

TEST_F(QueueLife, KeepsAnExpiredMessageBehindALiveOneButNeverDeliversIt) {
  open();
  publish({.body = "live"});
  publish({.body = "short", .ttl_ms = 20});
  publish({.body = "last"});
  pass(100);
  EXPECT_EQ(queue_->counts().ready, 3U);
  Consumer& consumer = consume();
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"live", "last"}));
}

TEST_F(QueueLife, ExpiresHeadsOfLowerPrioritiesToo) {
  open(with_dead_letters({.priority_max = 1}));
  publish({.body = "high", .priority = 1});
  publish({.body = "low", .priority = 0, .ttl_ms = 20});
  pass(30);
  EXPECT_EQ(dead(), (Bodies{"low expired"}));
}

TEST_F(QueueLife, DeliversAtOnceOrExpiresWithATimeOfZero) {
  open(with_dead_letters({.message_ttl_ms = 0}));
  publish_all({"nobody"});
  EXPECT_EQ(dead(), (Bodies{"nobody expired"}));
  Consumer& consumer = consume({.prefetch = 1});
  publish_all({"taken", "too many"});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"taken"}));
  EXPECT_EQ(dead(), (Bodies{"nobody expired", "too many expired"}));
  settle(consumer.sink.taken[0].position, Kind::requeue);
  EXPECT_EQ(dead().back(), "taken expired");
}

TEST_F(QueueLife, DoesNotExpireWhatAConsumerHas) {
  open(with_dead_letters({.message_ttl_ms = 100}));
  Consumer& consumer = consume();
  publish_all({"a"});
  pass(200);
  EXPECT_TRUE(dead_.empty());
  settle(consumer.sink.taken[0].position);
  EXPECT_TRUE(dead_.empty());
}

TEST_F(QueueLife, FollowsAWallClockThatJumps) {
  open(with_dead_letters({.message_ttl_ms = 3'600'000}));
  publish_all({"a"});
  world_.shift_wall_clock(3'700'000);
  pass(wall_timer_max_ms + 1000);
  EXPECT_EQ(dead(), (Bodies{"a expired"}));
}

TEST_F(QueueLife, DropsTheHeadOverTheLimitOfMessages) {
  open(with_dead_letters({.length_max = 2}));
  publish_all({"a", "b", "c", "d"});
  EXPECT_EQ(dead(), (Bodies{"a maxlen", "b maxlen"}));
  EXPECT_EQ(queue_->counts().ready, 2U);
}

TEST_F(QueueLife, DropsTheHeadOverTheLimitOfBytes) {
  open(with_dead_letters({.length_bytes_max = 10}));
  publish_all({"12345", "67890", "x"});
  EXPECT_EQ(dead(), (Bodies{"12345 maxlen"}));
}

TEST_F(QueueLife, CountsReadyMessagesOnlyForTheLimit) {
  open(with_dead_letters({.length_max = 1}));
  consume({.prefetch = 2});
  publish_all({"a", "b", "c"});
  EXPECT_TRUE(dead_.empty());
  publish_all({"d"});
  EXPECT_EQ(dead(), (Bodies{"c maxlen"}));
}

TEST_F(QueueLife, DeliversThroughAQueueOfLengthZero) {
  open(with_dead_letters({.length_max = 0}));
  Consumer& consumer = consume({.prefetch = 1});
  publish_all({"a", "b"});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a"}));
  EXPECT_EQ(dead(), (Bodies{"b maxlen"}));
}

TEST_F(QueueLife, SaysWhetherOneMoreFits) {
  open({.length_max = 2, .length_bytes_max = 10, .overflow = Overflow::reject_publish});
  EXPECT_TRUE(queue_->accepts(10, 0, 0));
  EXPECT_FALSE(queue_->accepts(11, 0, 0));
  publish_all({"123"});
  EXPECT_TRUE(queue_->accepts(7, 0, 0));
  EXPECT_FALSE(queue_->accepts(8, 0, 0));
  EXPECT_FALSE(queue_->accepts(1, 1, 1));  // one is on its way to the disk
  queue_->refused({.body = as_bytes("x")});
  settle_down();
  EXPECT_TRUE(dead_.empty());
}

TEST_F(QueueLife, DeadLettersWhatItRefusedIfItsOverflowSaysSo) {
  open(with_dead_letters({.length_max = 0, .overflow = Overflow::reject_publish_dead_letter}));
  EXPECT_FALSE(queue_->accepts(1, 0, 0));
  queue_->refused(
      {.exchange = "e", .routing_key = "k", .properties = properties_, .body = as_bytes("x")});
  settle_down();
  EXPECT_EQ(dead(), (Bodies{"x maxlen"}));
}

TEST_F(QueueLife, DeadLettersWhatIsRejected) {
  open(with_dead_letters());
  Consumer& consumer = consume();
  publish_all({"a"});
  settle(consumer.sink.taken[0].position, Kind::dead_letter);
  EXPECT_EQ(dead(), (Bodies{"a rejected"}));
  EXPECT_EQ(queue_->counts().unsettled, 0U);
}

TEST_F(QueueLife, DropsWhatIsRejectedWithoutADeadLetterExchange) {
  open();
  Consumer& consumer = consume();
  publish_all({"a"});
  settle(consumer.sink.taken[0].position, Kind::dead_letter);
  EXPECT_EQ(store_->message_count(), 0U);
}

TEST_F(QueueLife, DeadLettersAMessageThatFailedOftenerThanTheLimit) {
  open(with_dead_letters({.delivery_limit = 2}));
  publish_all({"poison"});
  for (int n = 0; n < 3; ++n) lose(consume());
  EXPECT_EQ(dead(), (Bodies{"poison delivery_limit"}));
  EXPECT_EQ(queue_->counts().ready, 0U);
}

TEST_F(QueueLife, KeepsADeadMessageUntilItHasItsNewPlace) {
  open(with_dead_letters());
  is_moving_refused_ = true;
  Consumer& consumer = consume();
  publish_all({"a"});
  settle(consumer.sink.taken[0].position, Kind::dead_letter);
  EXPECT_TRUE(dead_.empty());
  EXPECT_EQ(store_->message_count(), 1U);
  EXPECT_EQ(queue_->counts().ready, 0U);
  is_moving_refused_ = false;
  pass(1100);
  EXPECT_EQ(dead(), (Bodies{"a rejected"}));
  EXPECT_EQ(store_->message_count(), 0U);
}

TEST_F(QueueLife, BoundsTheDeadThatAreOnTheirWay) {
  open(with_dead_letters({.message_ttl_ms = 10}));
  is_moving_refused_ = true;
  for (int n = 0; n < 5000; ++n) store({.body = "a"});
  pass(100);
  EXPECT_EQ(queue_->counts().ready, 5000U - dead_max);
  is_moving_refused_ = false;
  pass(1100);
  EXPECT_EQ(dead_.size(), 5000U);
}

TEST_F(QueueLife, AsksToBeDeletedWhenNobodyUsesIt) {
  open({.expires_ms = 1000});
  queue_->touch();
  pass(900);
  queue_->touch();  // declared again
  pass(900);
  EXPECT_EQ(get(), std::nullopt);
  pass(900);
  Consumer& consumer = consume();
  pass(5000);
  EXPECT_EQ(deletions_, 0);
  queue_->cancel(consumer.there);
  pass(900);
  EXPECT_EQ(deletions_, 0);
  pass(200);
  EXPECT_EQ(deletions_, 1);
}

TEST_F(QueueLife, AsksToBeDeletedAfterItsLastConsumer) {
  open({}, true);
  pass(5000);
  Consumer& one = consume();
  Consumer& two = consume();
  queue_->cancel(one.there);
  EXPECT_EQ(deletions_, 0);
  queue_->cancel(two.there);
  EXPECT_EQ(deletions_, 1);
  pass(1100);  // it was not possible: again
  EXPECT_EQ(deletions_, 2);
}

TEST_F(QueueLife, EndsAConsumerThatDoesNotSettle) {
  open({.consumer_timeout_ms = 1000});
  Consumer& late = consume({.prefetch = 2});
  publish_all({"a", "b"});
  Consumer& other = consume();
  pass(500);
  EXPECT_FALSE(late.sink.ended);
  pass(700);
  EXPECT_EQ(late.sink.ended, SubscriptionEnd::lease_expired);
  EXPECT_EQ(other.sink.bodies(), (Bodies{"a", "b"}));
  EXPECT_TRUE(other.sink.taken[0].is_redelivered);
  EXPECT_EQ(other.sink.taken[0].failures, 0U);
}

TEST_F(QueueLife, GetsOneMessage) {
  open();
  publish_all({"a", "b"});
  const auto got = run(queue_->get(false));
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->ready, 1U);
  EXPECT_FALSE((*got)->is_redelivered);
  settle((*got)->position, Kind::requeue);
  EXPECT_EQ(get(), "a");
  EXPECT_EQ(get(), "b");
  EXPECT_EQ(get(), std::nullopt);
  EXPECT_EQ(store_->message_count(), 0U);
}

TEST_F(QueueLife, PeeksWithoutLeasing) {
  open({.priority_max = 1});
  Consumer& consumer = consume({.prefetch = 1});
  publish({.body = "a"});
  publish({.body = "b", .is_cold = true});
  publish({.body = "c", .priority = 1});
  queue_->cancel(consumer.there);
  settle(consumer.sink.taken[0].position, Kind::requeue);
  const auto peeked = run(queue_->peek(10));
  ASSERT_TRUE(peeked);
  Bodies bodies;
  for (const auto& message : *peeked)
    bodies.emplace_back(as_text(decode_message(message.stored.view())->body));
  EXPECT_EQ(bodies, (Bodies{"c", "a", "b"}));
  EXPECT_EQ(run(queue_->peek(1))->size(), 1U);
  EXPECT_EQ(queue_->counts().ready, 3U);
}

TEST_F(QueueLife, PurgesWhatIsReady) {
  open();
  Consumer& consumer = consume({.prefetch = 1});
  for (int n = 0; n < 50'000; ++n) store({.body = "abc"});
  pass(10);
  const auto purged = run(queue_->purge());
  EXPECT_EQ(purged, 49'999U);
  EXPECT_EQ(queue_->counts().ready, 0U);
  EXPECT_EQ(store_->body_bytes(), 3U);
  settle(consumer.sink.taken[0].position);
  publish_all({"new"});
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"abc", "new"}));
}

TEST_F(QueueLife, SaysWhyItShouldNotBeDeleted) {
  open();
  publish_all({"a"});
  EXPECT_EQ(queue_->begin_delete({.if_empty = true}).error().code(), ErrorCode::conflict);
  Consumer& consumer = consume({.prefetch = 1});
  EXPECT_EQ(queue_->begin_delete({.if_unused = true}).error().code(), ErrorCode::conflict);
  publish_all({"b"});
  queue_->cancel(consumer.there);
  EXPECT_EQ(queue_->begin_delete({.if_unused = true}), 1U);
  TestSink sink;
  EXPECT_EQ(queue_->add_consumer({}, sink).error().code(), ErrorCode::not_found);
  queue_->abort_delete();
  EXPECT_TRUE(queue_->add_consumer({}, sink));
  queue_->end(SubscriptionEnd::closing);
}

TEST_F(QueueLife, SettlesInACommitOfOthersOrTakesItBack) {
  open();
  Consumer& consumer = consume({.prefetch = 2});
  publish_all({"a", "b", "c"});
  const std::vector<QueuePosition> positions = {
      consumer.sink.taken[0].position, consumer.sink.taken[1].position, {0, Offset{99}}};
  const auto leaving = queue_->begin_leaving(positions);
  ASSERT_EQ(leaving.size(), 2U);
  settle_down();
  EXPECT_EQ(consumer.sink.bodies(), (Bodies{"a", "b", "c"}));  // its credit is back
  EXPECT_EQ(queue_->counts().unsettled, 1U);
  settle(positions[0]);  // nobody holds it
  EXPECT_EQ(store_->message_count(), 3U);
  store_->settle(positions[0], 1);
  queue_->finish_leaving({leaving.data(), 1}, true);
  queue_->finish_leaving({&leaving[1], 1}, false);
  settle_down();
  EXPECT_EQ(consumer.sink.taken.back().body, "b");
  EXPECT_TRUE(consumer.sink.taken.back().is_redelivered);
}

}  // namespace
}  // namespace koine::core
