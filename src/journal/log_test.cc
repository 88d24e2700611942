// What becomes of a log of which its observer needs only a part.
#include "journal/log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "journal/journal_test_bench.h"
#include "journal/journal_test_queue.h"
#include "journal/log_id.h"

namespace koine::journal {
namespace {

constexpr LogId jobs = make_log_id(ShardId(0), 2000);
constexpr LogId others = make_log_id(ShardId(0), 2001);

constexpr std::uint32_t batch = 16;  // messages in one commit

std::string message(std::int64_t number) {
  return fmt::format("{:08}", number) + std::string(4000, static_cast<char>('a' + number % 26));
}

// A queue on a small machine: publishes in batches, acks what it is told to.
class LogWithHoles : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(start()); }

  Result<> start() {
    TRY(bench_.start());
    bench_.journal->ensure(jobs).observe(&queue_);
    return {};
  }
  // The journal must not be told of a log by an observer that is gone.
  void TearDown() override { bench_.stop(); }

  Log& log() { return *bench_.journal->find(jobs); }

  // One commit with one entry for each message.
  Task<Result<>> publish_batch() {
    std::shared_ptr<Commit> last;
    for (std::uint32_t n = 0; n < batch; ++n) {
      CO_TRY(co_await bench_.journal->room());
      const std::string body = message(log().next_offset().value());
      const std::vector<Part> parts{Part{.bytes = as_bytes(body), .crc = std::nullopt}};
      const std::vector<Append> entries{Append{.log = &log(),
                                               .record_count = 1,
                                               .timestamp_max = log().next_offset().value(),
                                               .body = parts}};
      CO_TRY(last, bench_.journal->append(entries));
    }
    co_return co_await done(std::move(last));
  }
  Result<> publish(std::int64_t messages) {
    for (std::int64_t n = 0; n < messages; n += batch) TRY(bench_.run(publish_batch()));
    return {};
  }

  void ack(std::int64_t from, std::int64_t to) {
    for (std::int64_t n = from; n < to; ++n) queue_.ack(Offset(n));
  }

  // Checkpoints, and time for the cleaner after each.
  Result<> settle(int checkpoints = 6) {
    for (int i = 0; i < checkpoints; ++i) {
      TRY(bench_.run(bench_.journal->checkpoint()));
      bench_.world.run_for(std::chrono::seconds(2));
    }
    return {};
  }

  std::string newest_checkpoint() const {
    std::string newest;
    const auto entries = bench_.storage.list(bench_.options.directory);
    for (const auto& entry : *entries) {
      if (entry.name.starts_with("checkpoint-")) newest = entry.name;
    }
    return bench_.path(newest);
  }

  JournalBench bench_;
  TestQueue queue_;
};

TEST_F(LogWithHoles, OneMessageThatIsNeverAckedPinsItselfAndNotWhatFollowsIt) {
  constexpr std::int64_t stuck = 100;
  constexpr std::int64_t unacked_max = 50;
  constexpr std::uint64_t passing_chunks = 60;
  std::uint64_t peak_bytes = 0;
  std::size_t peak_extents = 0;
  std::int64_t acked = 0;
  while (bench_.journal->statistics().committed_bytes <
         passing_chunks * bench_.options.chunk_bytes) {
    ASSERT_TRUE(publish(batch));
    const std::int64_t head = log().committed_offset().value() - unacked_max;
    for (; acked < head; ++acked) {
      if (acked != stuck) queue_.ack(Offset(acked));
    }
    bench_.world.run_for(std::chrono::milliseconds(20));
    peak_bytes = std::max(peak_bytes, bench_.journal->statistics().disk_bytes);
    peak_extents = std::max(peak_extents, log().extents().size());
  }
  // Of chunks of 64 MiB: 290 MB.
  EXPECT_LT(static_cast<double>(peak_bytes), 4.3 * static_cast<double>(bench_.options.chunk_bytes));
  EXPECT_LE(peak_extents, 4U);
  EXPECT_LT(bench_.journal->statistics().disk_bytes, 4 * bench_.options.chunk_bytes);
  EXPECT_EQ(bench_.read(jobs, stuck, 1)->front(), message(stuck));
  bench_.crash();
  ASSERT_TRUE(start());
  EXPECT_EQ(bench_.read(jobs, stuck, 1)->front(), message(stuck));
  EXPECT_EQ(bench_.read(jobs, acked, 1)->front(), message(acked));
  EXPECT_TRUE(bench_.notices.empty()) << testing::PrintToString(bench_.notices);
}

TEST_F(LogWithHoles, AQueueWhoseMessagesAreAllAckedLeavesNoExtent) {
  ASSERT_TRUE(publish(1000));
  EXPECT_GT(log().extents().size(), 2U);
  ack(0, log().committed_offset().value());
  ASSERT_TRUE(bench_.run(bench_.journal->checkpoint()));
  EXPECT_TRUE(log().extents().empty());
  EXPECT_EQ(bench_.journal->statistics().live_bytes, 0U);
  EXPECT_EQ(log().body_bytes(), 0U);
  // Not the start: that is the owner's to move.
  EXPECT_EQ(log().start_offset(), Offset(0));
  EXPECT_TRUE(bench_.read(jobs)->empty());
  ASSERT_TRUE(settle(2));
  EXPECT_LT(bench_.journal->statistics().chunks, 4U);
}

TEST_F(LogWithHoles, WhatHasNoObserverIsNeeded) {
  ASSERT_TRUE(publish(1000));
  ack(0, 1000);
  log().observe(nullptr);
  ASSERT_TRUE(settle());
  EXPECT_EQ(bench_.read(jobs)->size(), static_cast<std::size_t>(log().committed_offset().value()));
}

TEST_F(LogWithHoles, ReadersFindTheNextEntryBehindAHole) {
  ASSERT_TRUE(publish(1600));
  const std::int64_t end = log().committed_offset().value();
  ack(1, end - 1);
  ASSERT_TRUE(settle());
  for (const std::int64_t from : {std::int64_t{1}, end / 2, end - 1}) {
    EXPECT_EQ(*bench_.read(jobs, from), std::vector{message(end - 1)}) << from;
  }
  EXPECT_EQ(*bench_.read(jobs), (std::vector{message(0), message(end - 1)}));
  const auto found = bench_.run(bench_.journal->find_by_time(jobs, 1));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->item.base_offset, Offset(end - 1));
  EXPECT_TRUE(bench_.read(jobs, end)->empty());
  EXPECT_EQ(bench_.read(jobs, end + 1).error().code(), ErrorCode::out_of_range);
  ack(end - 1, end);
  ASSERT_TRUE(settle());
  EXPECT_EQ(*bench_.read(jobs), std::vector{message(0)});
  EXPECT_TRUE(bench_.read(jobs, 1)->empty());
  EXPECT_TRUE(bench_.notices.empty()) << testing::PrintToString(bench_.notices);
}

TEST_F(LogWithHoles, TheCleanerCopiesOnlyEntriesWithANeededRecord) {
  ASSERT_TRUE(publish(1600));
  const std::int64_t end = log().committed_offset().value();
  std::vector<std::string> needed;
  for (std::int64_t n = 0; n < end; ++n) {
    if (n % 40 != 7) queue_.ack(Offset(n));
    if (n % 40 == 7) needed.push_back(message(n));
  }
  ASSERT_TRUE(settle());
  EXPECT_EQ(*bench_.read(jobs), needed);
  EXPECT_LT(bench_.journal->statistics().disk_bytes, needed.size() * 6000);
  EXPECT_LT(bench_.journal->statistics().cleaned_bytes, needed.size() * 6000);
  bench_.crash();
  ASSERT_TRUE(start());
  EXPECT_EQ(*bench_.read(jobs), needed);
  EXPECT_TRUE(bench_.notices.empty()) << testing::PrintToString(bench_.notices);
}

// Ten messages an entry, of which one is needed: the copy is as large as what was copied.
TEST_F(LogWithHoles, EntriesOfWhichALittleIsNeededAreNotCopiedForEver) {
  constexpr std::int64_t records = 10;
  for (int n = 0; n < 600; ++n) ASSERT_TRUE(bench_.append(jobs, message(n), records));
  for (std::int64_t n = 0; n < log().committed_offset().value(); ++n) {
    if (n % records != 3) queue_.ack(Offset(n));
  }
  ASSERT_TRUE(settle(8));
  const std::uint64_t cleaned = bench_.journal->statistics().cleaned_bytes;
  ASSERT_TRUE(settle(8));
  EXPECT_EQ(bench_.journal->statistics().cleaned_bytes, cleaned);
  EXPECT_EQ(bench_.read(jobs)->size(), 600U);
}

TEST_F(LogWithHoles, OtherLogsInTheSameChunksKeepTheirs) {
  for (int n = 0; n < 600; ++n) {
    ASSERT_TRUE(bench_.append(jobs, message(n)));
    if (n % 100 == 0) ASSERT_TRUE(bench_.append(others, message(n)));
  }
  ack(0, 600);
  ASSERT_TRUE(settle());
  EXPECT_TRUE(log().extents().empty());
  EXPECT_EQ(bench_.read(others)->size(), 6U);
  EXPECT_LT(bench_.journal->statistics().disk_bytes, 200 * KiB);
}

// What was given up comes back whole, and is given up again.
TEST_F(LogWithHoles, AnOlderCheckpointStillFindsTheChunksItKnows) {
  for (int checkpoints = 1; checkpoints <= 5; ++checkpoints) {
    ASSERT_TRUE(publish(600));
    const std::int64_t end = log().committed_offset().value();
    ack(log().start_offset().value(), end - 1);
    ASSERT_TRUE(settle(checkpoints));
    bench_.stop();
    ASSERT_TRUE(bench_.storage.flip_bit(newest_checkpoint(), 40, 1));
    ASSERT_TRUE(start());
    EXPECT_TRUE(bench_.noticed("it is set aside"));
    EXPECT_FALSE(bench_.noticed("is missing"))
        << checkpoints << testing::PrintToString(bench_.notices);
    EXPECT_EQ(bench_.read(jobs, end - 1)->front(), message(end - 1));
    bench_.notices.clear();
  }
}

}  // namespace
}  // namespace koine::journal
