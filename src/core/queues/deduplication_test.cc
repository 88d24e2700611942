// What a queue with a deduplication window promises, through restarts, crashes and full disks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

#include "core/queues/properties.h"
#include "core/queues/queue_storage_bench.h"

namespace koine::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t window_ms = 10'000;

class DeduplicationTest : public testing::Test {
 protected:
  // The body is the message's id.
  PublishBatch batch_of(const std::vector<std::string>& ids, const std::vector<QueuePtr>& queues) {
    PublishBatch batch;
    for (const std::string& id : ids) {
      std::vector<std::byte> properties;
      encode_properties({.message_id = id}, properties);
      MessageView message = QueueStorageBench::message(id);
      message.properties = properties;
      batch.add(message, queues);
    }
    return batch;
  }
  Result<Published> publish(const std::vector<std::string>& ids) {
    return bench_.publish(batch_of(ids, {queue_}));
  }
  void pass(std::int64_t milliseconds) {
    bench_.server.world().run_for(std::chrono::milliseconds(milliseconds));
  }
  // Whether a repetition waits for the first one's commit; whether it waits for nothing after that.
  static Task<std::vector<bool>> repeat(DeduplicationTest& test) {
    Queues& queues = test.bench_.queues();
    const auto first = co_await queues.publish(test.batch_of({"a"}, {test.queue_}));
    const auto second = co_await queues.publish(test.batch_of({"a"}, {test.queue_}));
    CHECK(first && second);
    std::vector<bool> outcome{first->commit == second->commit};
    CHECK(co_await journal::done(first->commit));
    const auto third = co_await queues.publish(test.batch_of({"a"}, {test.queue_}));
    CHECK(third);
    outcome.push_back(third->commit == nullptr);
    co_return outcome;
  }
  DeduplicationWindow& window() { return *bench_.store(queue_).window(); }

  QueueStorageBench bench_;
  QueuePtr queue_ = bench_.declare(1, 0, {.deduplication_window_ms = window_ms});
};

TEST_F(DeduplicationTest, DropsWhatItHadWithinTheWindow) {
  ASSERT_TRUE(publish({"a", "b", "a"}));
  const auto again = publish({"b", "c"});
  ASSERT_TRUE(again);
  EXPECT_THAT(again->rejected, IsEmpty());
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("a", "b", "c"));
  EXPECT_EQ(window().repetitions(), 2U);
  pass(window_ms);
  ASSERT_TRUE(publish({"a"}));
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("a", "b", "c", "a"));
}

TEST_F(DeduplicationTest, IsTheQueuesOwn) {
  const QueuePtr plain = bench_.declare(2);
  ASSERT_TRUE(bench_.publish(batch_of({"a", "b", "a"}, {queue_, plain})));
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("a", "b"));
  EXPECT_THAT(bench_.contents(plain), ElementsAre("a", "b", "a"));
}

TEST_F(DeduplicationTest, RemembersWhatIsSettledThroughACrash) {
  ASSERT_TRUE(publish({"a", "b"}));
  bench_.settle(queue_, 0, 1);
  bench_.settle(queue_, 1, 1);
  ASSERT_TRUE(bench_.durable());
  bench_.crash();
  ASSERT_TRUE(publish({"a", "b", "c"}));
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("c"));
}

TEST_F(DeduplicationTest, RemembersThroughACheckpointAndForgetsInTime) {
  ASSERT_TRUE(publish({"a"}));
  pass(4000);
  ASSERT_TRUE(bench_.server.run(bench_.server.engine().journal().checkpoint()));
  ASSERT_TRUE(publish({"b"}));
  bench_.restart();
  ASSERT_TRUE(publish({"a", "b"}));
  EXPECT_EQ(window().size(), 2U);
  pass(window_ms - 4000);
  ASSERT_TRUE(publish({"a", "b"}));
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("a", "b", "a"));
}

TEST_F(DeduplicationTest, DoesNotRememberWhatWasRefused) {
  const std::uint64_t capacity = bench_.fill_disk();
  const auto refused = publish({"a"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::no_space);
  bench_.free_disk(capacity);
  ASSERT_TRUE(publish({"a"}));
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("a"));
}

TEST_F(DeduplicationTest, ARepetitionIsNotConfirmedBeforeTheFirst) {
  EXPECT_EQ(bench_.server.run(repeat(*this)), (std::vector{true, true}));
}

TEST_F(DeduplicationTest, RemembersOnlySoMany) {
  const QueuePtr small =
      bench_.declare(3, 0, {.deduplication_window_ms = window_ms, .deduplication_keys_max = 2});
  ASSERT_TRUE(bench_.publish(batch_of({"a", "b", "c", "a", "c"}, {small})));
  EXPECT_THAT(bench_.contents(small), ElementsAre("a", "b", "c", "a"));
  EXPECT_EQ(bench_.store(small).repetitions().dropped, 1U);
  EXPECT_EQ(bench_.store(small).repetitions().keys_forgotten_early, 2U);
}

TEST_F(DeduplicationTest, DoesNotRememberWhatALimitRefused) {
  const QueuePtr limited = bench_.declare(4, 0,
                                          {.length_max = 1,
                                           .overflow = Overflow::reject_publish,
                                           .deduplication_window_ms = window_ms});
  RecordingEvents events;
  events.store = &bench_.store(limited);
  events.length_max = 1;
  bench_.store(limited).observe(&events);
  EXPECT_THAT(bench_.publish(batch_of({"a", "b"}, {limited}))->rejected, ElementsAre(1U));
  events.length_max = 2;
  EXPECT_THAT(bench_.publish(batch_of({"b"}, {limited}))->rejected, IsEmpty());
  EXPECT_THAT(bench_.contents(limited), ElementsAre("a", "b"));
  bench_.store(limited).observe(nullptr);
}

// Random ids, pauses, checkpoints, restarts and crashes: a confirmed id is in the queue once for each window.
TEST_F(DeduplicationTest, BehavesAsAModel) {
  std::mt19937 random(11);
  std::map<std::string, WallTimeMs> seen;
  std::vector<std::string> expected;
  for (int step = 0; step < 400; ++step) {
    std::vector<std::string> ids;
    for (std::size_t n = 0; n < 1 + random() % 4; ++n) ids.push_back(std::to_string(random() % 40));
    const WallTimeMs before_ms = bench_.server.world().wall_clock_ms();
    ASSERT_TRUE(publish(ids));
    for (const std::string& id : ids) {
      const auto known = seen.find(id);
      if (known != seen.end() && known->second > before_ms - window_ms) continue;
      seen[id] = before_ms;
      expected.push_back(id);
    }
    switch (random() % 8) {
      case 0: bench_.crash(); break;
      case 1: bench_.restart(); break;
      case 2: ASSERT_TRUE(bench_.server.run(bench_.server.engine().journal().checkpoint())); break;
      default: pass(random() % 3000);
    }
  }
  EXPECT_EQ(bench_.contents(queue_), expected);
}

}  // namespace
}  // namespace koine::core
