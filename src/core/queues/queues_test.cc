// Publishing to several queues, limits, and commits that do several things at once.

#include "core/queues/queues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/queues/queue_storage_bench.h"

namespace koine::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class QueuesTest : public testing::Test {
 protected:
  // How many entries the log has in the open chunk.
  std::size_t entries_of(const QueuePtr& queue) {
    const auto* log = bench_.server.engine().journal().find(queue->id());
    return log == nullptr ? 0 : log->open_items().size();
  }

  QueueStorageBench bench_;
  QueuePtr a_ = bench_.declare(1);
  QueuePtr b_ = bench_.declare(2);
};

TEST_F(QueuesTest, NeighboursForOneQueueAreOneEntry) {
  PublishBatch batch;
  for (const auto* body : {"1", "2", "3"}) batch.add(QueueStorageBench::message(body), {&a_, 1});
  batch.add(QueueStorageBench::message("4"), {&b_, 1});
  batch.add(QueueStorageBench::message("5"), {&a_, 1});
  ASSERT_TRUE(bench_.publish(std::move(batch)));
  EXPECT_EQ(entries_of(a_), 2U);
  EXPECT_EQ(entries_of(b_), 1U);
  EXPECT_THAT(bench_.contents(a_), ElementsAre("1", "2", "3", "5"));
  EXPECT_THAT(bench_.contents(b_), ElementsAre("4"));
}

TEST_F(QueuesTest, AMessageForSeveralQueuesIsStoredOnce) {
  PublishBatch batch;
  const std::vector both{a_, b_};
  const std::string body(10'000, 'x');
  batch.add(QueueStorageBench::message(body), both);
  batch.add(QueueStorageBench::message("second"), both);
  const auto before = bench_.server.engine().journal().statistics().committed_bytes;
  ASSERT_TRUE(bench_.publish(std::move(batch)));
  EXPECT_LT(bench_.server.engine().journal().statistics().committed_bytes - before, 15'000U);
  EXPECT_THAT(bench_.contents(a_), ElementsAre(body, "second"));
  EXPECT_THAT(bench_.contents(b_), ElementsAre(body, "second"));
  bench_.settle(a_, 0, body.size());
  ASSERT_TRUE(bench_.durable());
  bench_.crash();
  EXPECT_THAT(bench_.contents(a_), ElementsAre("second"));
  EXPECT_THAT(bench_.contents(b_), ElementsAre(body, "second"));
  EXPECT_EQ(bench_.store(b_).body_bytes(), body.size() + 6);
}

TEST_F(QueuesTest, ThePrioritiesOfOneLevelAreOneEntry) {
  PublishBatch batch;
  batch.add(QueueStorageBench::message("1", 3), {&a_, 1});
  batch.add(QueueStorageBench::message("2", 7), {&a_, 1});
  ASSERT_TRUE(bench_.publish(std::move(batch)));
  EXPECT_EQ(entries_of(a_), 1U);
}

TEST_F(QueuesTest, ManyMessagesAreSeveralEntries) {
  const std::vector<std::string> bodies(3'000, "x");
  ASSERT_TRUE(bench_.publish(bodies, a_));
  EXPECT_EQ(entries_of(a_), 3U);
  EXPECT_EQ(bench_.contents(a_), bodies);
}

TEST_F(QueuesTest, ABatchMayBeLargerThanOneAppend) {
  std::vector<std::string> bodies;
  for (int n = 0; n < 30; ++n) bodies.emplace_back(20'000, static_cast<char>('a' + n));
  const auto published = bench_.publish(bodies, a_);
  ASSERT_TRUE(published) << published.error().to_string();
  EXPECT_EQ(bench_.contents(a_), bodies);
}

TEST_F(QueuesTest, WhatDoesNotFitIntoAChunkIsRefused) {
  const auto refused = bench_.publish({std::string(MiB / 2, 'x')}, a_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::too_large);
  EXPECT_EQ(bench_.store(a_).totals().waiting, 0U);
  EXPECT_THAT(bench_.contents(a_), IsEmpty());
}

TEST_F(QueuesTest, TheDeliveringSideIsTold) {
  RecordingEvents events;
  bench_.store(a_).observe(&events);
  ASSERT_TRUE(bench_.publish({"1", "2"}, a_));
  EXPECT_THAT(events.stored, ElementsAre(0));
  bench_.store(a_).observe(nullptr);
}

TEST_F(QueuesTest, WhatIsOverALimitIsRefused) {
  const QueuePtr limited =
      bench_.declare(3, 0, {.length_max = 2, .overflow = Overflow::reject_publish});
  RecordingEvents events;
  events.store = &bench_.store(limited);
  events.length_max = 2;
  bench_.store(limited).observe(&events);
  const std::vector both{a_, limited};
  PublishBatch batch;
  batch.add(QueueStorageBench::message("1"), both);
  batch.add(QueueStorageBench::message("2"), {&a_, 1});
  batch.add(QueueStorageBench::message("3"), both);
  batch.add(QueueStorageBench::message("4"), both);
  batch.add(QueueStorageBench::message("5"), {&limited, 1});
  const auto published = bench_.publish(std::move(batch));
  ASSERT_TRUE(published);
  EXPECT_THAT(published->rejected, ElementsAre(3U, 4U));
  EXPECT_THAT(events.refused_bodies, ElementsAre("4", "5"));
  EXPECT_THAT(bench_.contents(limited), ElementsAre("1", "3"));
  EXPECT_THAT(bench_.contents(a_), ElementsAre("1", "2", "3", "4"));
  bench_.store(limited).observe(nullptr);
}

TEST_F(QueuesTest, OthersAreNotAsked) {
  const QueuePtr dropping = bench_.declare(3, 0, {.length_max = 2});
  RecordingEvents events;
  events.store = &bench_.store(dropping);
  events.length_max = 0;
  bench_.store(dropping).observe(&events);
  EXPECT_THAT(bench_.publish({"1"}, dropping)->rejected, IsEmpty());
  bench_.store(dropping).observe(nullptr);
}

TEST_F(QueuesTest, MovingAMessageIsOneCommit) {
  ASSERT_TRUE(bench_.publish({"1", "2", "3"}, a_));
  const auto moved =
      bench_.publish(QueueStorageBench::batch_of({"2"}, b_), {{a_->id(), {0, Offset{1}}, 1}});
  ASSERT_TRUE(moved);
  EXPECT_THAT(bench_.contents(a_), ElementsAre("1", "3"));
  EXPECT_THAT(bench_.contents(b_), ElementsAre("2"));
  EXPECT_EQ(bench_.store(a_).body_bytes(), 2U);
  bench_.crash();
  EXPECT_THAT(bench_.contents(a_), ElementsAre("1", "3"));
  EXPECT_THAT(bench_.contents(b_), ElementsAre("2"));
  EXPECT_EQ(bench_.store(a_).body_bytes(), 2U);
}

TEST_F(QueuesTest, SettlementsAloneAreACommitToo) {
  ASSERT_TRUE(bench_.publish({"1", "2", "3"}, a_));
  ASSERT_TRUE(bench_.publish(PublishBatch{}, {{a_->id(), {0, Offset{2}}, 1},
                                              {a_->id(), {0, Offset{0}}, 1},
                                              {a_->id(), {0, Offset{77}}, 1},
                                              {LogId(5), {0, Offset{0}}, 1}}));
  bench_.crash();
  EXPECT_THAT(bench_.contents(a_), ElementsAre("2"));
}

// Wherever the machine stops, a message is in exactly one of the two queues.
TEST_F(QueuesTest, ACrashWhileMovingLosesAndDoublesNothing) {
  for (std::uint64_t operation = 0; operation < 12; ++operation) {
    QueueStorageBench bench(operation + 1);
    const QueuePtr from = bench.declare(1);
    const QueuePtr to = bench.declare(2);
    ASSERT_TRUE(bench.publish({"m"}, from));
    auto& storage = bench.server.storage();
    storage.faults().crashing_operation = storage.operations() + operation;
    (void)bench.publish(QueueStorageBench::batch_of({"m"}, to), {{from->id(), {0, Offset{0}}, 1}});
    storage.faults().crashing_operation.reset();
    bench.crash();
    EXPECT_EQ(bench.contents(from).size() + bench.contents(to).size(), 1U) << operation;
  }
}

TEST_F(QueuesTest, QueuesWithoutMessagesAreNotInCheckpoints) {
  for (std::uint64_t n = 10; n < 1'010; ++n) bench_.declare(n);
  ASSERT_TRUE(bench_.publish({"1"}, a_));
  EXPECT_LT(bench_.queues().save().size(), 100U);
}

}  // namespace
}  // namespace koine::core
