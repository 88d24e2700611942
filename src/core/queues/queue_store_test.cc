// What one queue promises of its messages, through restarts, crashes and full disks.

#include "core/queues/queue_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/queues/queue_storage_bench.h"
#include "io/random_numbers.h"
#include "journal/chunk.h"
#include "runtime/started.h"

namespace koine::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class QueueStoreTest : public testing::Test {
 protected:
  QueueStorageBench bench_;
  QueuePtr queue_ = bench_.declare(1);
  JournalQueueStore& store() { return bench_.store(queue_); }
};

TEST_F(QueueStoreTest, AnEmptyQueueHasNothing) {
  EXPECT_EQ(store().message_count(), 0U);
  EXPECT_EQ(store().committed_end(0), Offset{0});
  EXPECT_EQ(store().next_unsettled({0, Offset{0}}), std::nullopt);
  EXPECT_FALSE(store().try_read({0, Offset{0}}));
  EXPECT_EQ(bench_.server.engine().journal().find(queue_->id()), nullptr)
      << "made with its first message";
}

TEST_F(QueueStoreTest, MessagesAreReadInOrder) {
  ASSERT_TRUE(bench_.publish({"a", "bb", "ccc"}, queue_));
  ASSERT_TRUE(bench_.publish({"dddd"}, queue_));
  EXPECT_EQ(store().message_count(), 4U);
  EXPECT_EQ(store().body_bytes(), 10U);
  EXPECT_EQ(store().committed_end(0), Offset{4});
  for (std::int64_t n = 0; n < 4; ++n) {
    const auto stored = store().try_read({0, Offset(n)});
    ASSERT_TRUE(stored) << n;
    EXPECT_EQ(stored->message.body.size(), static_cast<std::size_t>(n + 1));
    EXPECT_EQ(stored->message.routing_key, "key");
  }
  EXPECT_FALSE(store().try_read({0, Offset{4}}));
}

TEST_F(QueueStoreTest, MessagesAreReadInAnyOrder) {
  std::vector<std::string> bodies;
  for (int n = 0; n < 300; ++n) bodies.push_back("message " + std::to_string(n));
  ASSERT_TRUE(bench_.publish(bodies, queue_));
  for (const std::int64_t n : {299, 0, 150, 149, 151, 7, 298, 298, 1})
    EXPECT_EQ(bench_.read(queue_, n), bodies[static_cast<std::size_t>(n)]);
}

TEST_F(QueueStoreTest, SettledMessagesAreGone) {
  ASSERT_TRUE(bench_.publish({"a", "bb", "ccc", "dddd"}, queue_));
  bench_.settle(queue_, 1, 2);
  bench_.settle(queue_, 1, 2);
  EXPECT_EQ(store().message_count(), 3U);
  EXPECT_EQ(store().body_bytes(), 8U);
  EXPECT_EQ(store().first_unsettled(0), Offset{0});
  EXPECT_EQ(store().next_unsettled({0, Offset{1}}), (QueuePosition{0, Offset{2}}));
  bench_.settle(queue_, 0, 1);
  EXPECT_EQ(store().first_unsettled(0), Offset{2});
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("ccc", "dddd"));
  bench_.settle(queue_, 2, 3);
  bench_.settle(queue_, 3, 4);
  EXPECT_EQ(store().message_count(), 0U);
  EXPECT_EQ(store().body_bytes(), 0U);
  EXPECT_EQ(store().next_unsettled({0, Offset{0}}), std::nullopt);
}

TEST_F(QueueStoreTest, WhatIsNotThereCanNotBeSettled) {
  ASSERT_TRUE(bench_.publish({"a"}, queue_));
  bench_.settle(queue_, 1, 1);
  store().settle({3, Offset{0}}, 1);
  EXPECT_EQ(store().message_count(), 1U);
  EXPECT_EQ(store().count_failure({0, Offset{1}}), 0U);
  EXPECT_EQ(store().count_failure({3, Offset{0}}), 0U);
}

TEST_F(QueueStoreTest, LevelsAreApart) {
  const QueuePtr queue = bench_.declare(2, 9);
  ASSERT_TRUE(bench_.publish({"low"}, queue, 0));
  ASSERT_TRUE(bench_.publish({"high"}, queue, 9));
  ASSERT_TRUE(bench_.publish({"beyond"}, queue, 200));
  auto& store = bench_.store(queue);
  EXPECT_EQ(store.level_count(), 10U);
  EXPECT_EQ(store.committed_end(0), Offset{1});
  EXPECT_EQ(store.committed_end(9), Offset{2});
  EXPECT_EQ(store.committed_end(5), Offset{0});
  EXPECT_THAT(bench_.contents(queue), ElementsAre("high", "beyond", "low"));
  store.settle({9, Offset{0}}, 4);
  bench_.restart();
  EXPECT_THAT(bench_.contents(queue), ElementsAre("beyond", "low"));
}

TEST_F(QueueStoreTest, ThereCanBe256Levels) {
  const QueuePtr queue = bench_.declare(2, 255);
  ASSERT_TRUE(bench_.publish({"top"}, queue, 255));
  EXPECT_EQ(bench_.store(queue).level_count(), 256U);
  EXPECT_EQ(bench_.store(queue).committed_end(255), Offset{1});
}

TEST_F(QueueStoreTest, ARestartKnowsWhatWasSettled) {
  ASSERT_TRUE(bench_.publish({"a", "bb", "ccc", "dddd"}, queue_));
  bench_.settle(queue_, 0, 1);
  bench_.settle(queue_, 2, 3);
  bench_.restart();
  EXPECT_EQ(store().message_count(), 2U);
  EXPECT_EQ(store().body_bytes(), 6U);
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("bb", "dddd"));
}

TEST_F(QueueStoreTest, ACrashKnowsWhatWasSettledDurably) {
  ASSERT_TRUE(bench_.publish({"a", "bb", "ccc", "dddd"}, queue_));
  bench_.settle(queue_, 2, 3);
  ASSERT_TRUE(bench_.durable());
  bench_.settle(queue_, 3, 4);
  bench_.crash();
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("a", "bb", "dddd"));
  EXPECT_EQ(store().body_bytes(), 7U);
}

TEST_F(QueueStoreTest, ACheckpointKeepsIt) {
  ASSERT_TRUE(bench_.publish({"a", "bb", "ccc", "dddd"}, queue_));
  bench_.settle(queue_, 1, 2);
  EXPECT_EQ(store().count_failure({0, Offset{2}}), 1U);
  ASSERT_TRUE(bench_.durable());
  ASSERT_TRUE(bench_.server.run(bench_.server.engine().journal().checkpoint()));
  bench_.settle(queue_, 0, 1);
  ASSERT_TRUE(bench_.publish({"eeeee"}, queue_));
  ASSERT_TRUE(bench_.durable());
  bench_.crash();
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("ccc", "dddd", "eeeee"));
  EXPECT_EQ(store().body_bytes(), 12U);
  EXPECT_EQ(store().failures({0, Offset{2}}), 1U);
}

TEST_F(QueueStoreTest, FailuresAreCountedThroughRestarts) {
  ASSERT_TRUE(bench_.publish({"a", "b"}, queue_));
  const QueuePosition position{0, Offset{1}};
  EXPECT_EQ(store().failures(position), 0U);
  EXPECT_EQ(store().count_failure(position), 1U);
  EXPECT_EQ(store().count_failure(position), 2U);
  ASSERT_TRUE(bench_.durable());
  bench_.crash();
  EXPECT_EQ(store().failures(position), 2U);
  EXPECT_EQ(store().count_failure(position), 3U);
  bench_.restart();
  EXPECT_EQ(store().failures(position), 3U);
  bench_.settle(queue_, 1, 1);
  EXPECT_EQ(store().failures(position), 0U);
  EXPECT_EQ(store().count_failure(position), 0U);
}

TEST_F(QueueStoreTest, AfterACleanStopItIsKnownHowFarWasDelivered) {
  ASSERT_TRUE(bench_.publish({"a", "b", "c", "d"}, queue_));
  store().note_delivered({0, Offset{0}});
  store().note_delivered({0, Offset{1}});
  bench_.restart();
  EXPECT_EQ(store().delivered_before_start(0), Offset{2});
  store().note_delivered({0, Offset{0}});
  bench_.restart();
  EXPECT_EQ(store().delivered_before_start(0), Offset{2}) << "what was delivered stays delivered";
}

TEST_F(QueueStoreTest, AfterACrashEverythingWasPerhapsDelivered) {
  ASSERT_TRUE(bench_.publish({"a", "b", "c", "d"}, queue_));
  bench_.restart();
  EXPECT_EQ(store().delivered_before_start(0), Offset{0});
  bench_.crash();
  EXPECT_EQ(store().delivered_before_start(0), Offset{4});
  bench_.restart();
  EXPECT_EQ(store().delivered_before_start(0), Offset{4});
  ASSERT_TRUE(bench_.publish({"e"}, queue_));
  EXPECT_EQ(store().delivered_before_start(0), Offset{4});
}

TEST_F(QueueStoreTest, PurgingKeepsWhatIsLeased) {
  ASSERT_TRUE(bench_.publish({"a", "bb", "ccc", "dddd", "eeeee", "ffffff"}, queue_));
  bench_.settle(queue_, 1, 2);
  const std::vector<QueueStore::Kept> kept{{Offset{2}, 3}, {Offset{4}, 5}};
  EXPECT_EQ(store().settle_all_except(0, kept), 3U);
  EXPECT_EQ(store().body_bytes(), 8U);
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("ccc", "eeeee"));
  ASSERT_TRUE(bench_.durable());
  bench_.crash();
  EXPECT_EQ(store().body_bytes(), 8U);
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("ccc", "eeeee"));
  EXPECT_EQ(store().settle_all_except(0, {}), 2U);
  EXPECT_EQ(store().settle_all_except(0, {}), 0U);
  EXPECT_EQ(store().settle_all_except(7, {}), 0U);
  EXPECT_EQ(store().body_bytes(), 0U);
}

TEST_F(QueueStoreTest, ABacklogBeyondTheCacheIsReadInOrder) {
  std::vector<std::string> bodies;
  for (int n = 0; n < 200; ++n) {
    std::vector<std::string> batch;
    for (int k = 0; k < 50; ++k)
      batch.push_back(std::string(1'000, static_cast<char>('a' + n % 26)));
    ASSERT_TRUE(bench_.publish(batch, queue_));
    bodies.insert(bodies.end(), batch.begin(), batch.end());
  }
  bench_.restart();
  EXPECT_EQ(store().message_count(), 10'000U);
  for (std::size_t n = 0; n < bodies.size(); ++n) {
    ASSERT_EQ(bench_.read(queue_, static_cast<std::int64_t>(n)), bodies[n]) << n;
    bench_.settle(queue_, static_cast<std::int64_t>(n), bodies[n].size());
  }
  EXPECT_EQ(store().message_count(), 0U);
  ASSERT_TRUE(bench_.durable());
  // The trim follows.
  bench_.server.world().run_for(std::chrono::seconds(1));
  const auto* log = bench_.server.engine().journal().find(queue_->id());
  EXPECT_THAT(log->extents(), IsEmpty()) << "what is settled is given back";
}

// Messages here and there, as long as `left`: how often one was not there in the turn in which it was loaded.
Task<Result<int>> read_here_and_there(JournalQueueStore* store, std::uint64_t seed, int left) {
  io::RandomNumbers numbers(seed);
  int missing = 0;
  for (; left > 0; --left) {
    const auto end = static_cast<std::uint64_t>(store->committed_end(0).value());
    const QueuePosition position{0, Offset(static_cast<std::int64_t>(numbers.below(end)))};
    if (store->try_read(position)) continue;
    CO_TRY(co_await store->load(position));
    if (!store->try_read(position)) ++missing;
  }
  co_return missing;
}

Task<Result<int>> read_at_once(runtime::Gate* gate, JournalQueueStore* store, std::uint64_t count) {
  std::vector<runtime::Started<Result<int>>> readers;
  for (std::uint64_t seed = 1; seed <= count; ++seed)
    readers.push_back(runtime::start(*gate, read_here_and_there(store, seed, 200)));
  int missing = 0;
  for (auto& reader : readers) {
    CO_TRY(const int of_one, co_await reader.result());
    missing += of_one;
  }
  co_return missing;
}

TEST_F(QueueStoreTest, WhatIsLoadedIsThereForEachOfSeveralReaders) {
  const std::string body(1'000, 'b');
  for (int n = 0; n < 200; ++n)
    ASSERT_TRUE(bench_.publish(std::vector<std::string>(50, body), queue_));
  bench_.restart();
  runtime::Gate& gate = bench_.server.engine().shard().gate();
  const auto missing = bench_.server.run(read_at_once(&gate, &store(), 4));
  ASSERT_TRUE(missing.has_value()) << missing.error().to_string();
  EXPECT_EQ(*missing, 0);
}

TEST_F(QueueStoreTest, AMessageCanBeLargerThanABlock) {
  const std::string large(200'000, 'l');
  ASSERT_TRUE(bench_.publish({"before", large, "after"}, queue_));
  for (int n = 0; n < 5; ++n) ASSERT_TRUE(bench_.publish({large}, queue_));
  bench_.restart();
  EXPECT_EQ(bench_.read(queue_, 2), "after");
  for (std::int64_t n = 3; n < 8; ++n) EXPECT_EQ(bench_.read(queue_, n), large);
  EXPECT_EQ(bench_.read(queue_, 0), "before");
  EXPECT_EQ(bench_.read(queue_, 1), large);
}

TEST_F(QueueStoreTest, AFullDiskKeepsSettlementsInMemoryAndTriesAgain) {
  ASSERT_TRUE(bench_.publish({"a", "bb", "ccc"}, queue_));
  ASSERT_TRUE(bench_.durable());
  const auto capacity = bench_.fill_disk();
  bench_.settle(queue_, 0, 1);
  store().count_failure({0, Offset{2}});
  const auto refused = bench_.durable();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::no_space);
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("bb", "ccc")) << "it is settled all the same";
  bench_.settle(queue_, 1, 2);
  bench_.free_disk(capacity);
  ASSERT_TRUE(bench_.durable());
  bench_.crash();
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("ccc"));
  EXPECT_EQ(store().failures({0, Offset{2}}), 1U);
}

TEST_F(QueueStoreTest, NobodyWaitsForWhatWasSettledInARemovedQueue) {
  ASSERT_TRUE(bench_.publish({"a"}, queue_));
  bench_.settle(queue_, 0, 1);
  bench_.queues().remove(queue_->id());
  EXPECT_TRUE(bench_.durable());
}

TEST_F(QueueStoreTest, NobodyWaitsForABrokenDisk) {
  ASSERT_TRUE(bench_.publish({"a"}, queue_));
  bench_.server.storage().faults().sync_error_chance = 1;
  bench_.settle(queue_, 0, 1);
  for (int n = 0; n < 3; ++n) {
    const auto refused = bench_.durable();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::io_error);
  }
}

TEST_F(QueueStoreTest, ARefusedPublishLeavesNothing) {
  ASSERT_TRUE(bench_.publish({"a"}, queue_));
  const auto capacity = bench_.fill_disk();
  const auto refused = bench_.publish(QueueStorageBench::batch_of({"b", "c"}, queue_),
                                      {{queue_->id(), {0, Offset{0}}, 1}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::no_space);
  EXPECT_EQ(store().totals().waiting, 0U);
  EXPECT_EQ(store().totals().waiting_bytes, 0U);
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("a")) << "what was to be settled with it is not";
  bench_.free_disk(capacity);
  ASSERT_TRUE(bench_.publish({"d"}, queue_));
  EXPECT_THAT(bench_.contents(queue_), ElementsAre("a", "d"));
}

TEST_F(QueueStoreTest, ADamagedMessageIsNamedAndCanBeSettled) {
  for (int n = 0; n < 30; ++n)
    ASSERT_TRUE(bench_.publish({std::string(100'000, static_cast<char>('a' + n))}, queue_));
  bench_.restart();
  const auto* log = bench_.server.engine().journal().find(queue_->id());
  ASSERT_FALSE(log->extents().empty());
  const auto path = log->extents().front().chunk->path();
  ASSERT_TRUE(bench_.server.storage().flip_bit(path, 150'000, 3));
  std::size_t damaged = 0;
  for (std::int64_t n = 0; n < 30; ++n) {
    const auto body = bench_.read(queue_, n);
    if (!body) {
      EXPECT_EQ(body.error().code(), ErrorCode::corrupt);
      EXPECT_THAT(body.error().message(), testing::HasSubstr("offset " + std::to_string(n)));
      ++damaged;
    }
    bench_.settle(queue_, n, body ? 100'000 : 0);
  }
  EXPECT_EQ(damaged, 1U);
  EXPECT_EQ(store().message_count(), 0U);
  EXPECT_EQ(store().body_bytes(), 0U);
}

TEST_F(QueueStoreTest, AfterItsRemovalNothingIsThere) {
  ASSERT_TRUE(bench_.publish({"a"}, queue_));
  bench_.settle(queue_, 0, 1);
  bench_.queues().remove(queue_->id());
  EXPECT_EQ(bench_.queues().find(queue_->id()), nullptr);
  const auto published = bench_.publish({"b"}, queue_);
  ASSERT_TRUE(published);
  EXPECT_EQ(published->commit, nullptr);
  EXPECT_TRUE(published->rejected.empty());
  bench_.queues().remove(queue_->id());
}

}  // namespace
}  // namespace koine::core
