#include "journal/cleaner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "journal/journal_test_bench.h"
#include "journal/log_id.h"

namespace koine::journal {
namespace {

constexpr LogId bulk = make_log_id(ShardId(0), 2000);
constexpr LogId slow = make_log_id(ShardId(0), 2001);
constexpr LogId slower = make_log_id(ShardId(0), 2002);

constexpr int rounds = 8;
constexpr int bulk_entries_a_round = 2;
constexpr std::size_t bulk_body_bytes = 200 * KiB;

using Bodies = std::vector<std::string>;

std::string slow_body(int round) {
  return fmt::format("slow {:04} ", round) + std::string(3000, 's');
}
std::string slower_body(int round) {
  return fmt::format("slower {:04} ", round) + std::string(30'000, 'w');
}

// Appends that are committed together, to keep simulated histories short.
Task<Result<>> append_many(JournalBench& bench, LogId log, int count, std::size_t body_bytes) {
  std::shared_ptr<Commit> last;
  for (int i = 0; i < count; ++i) {
    CO_TRY(co_await bench.journal->room());
    const std::string body(body_bytes, static_cast<char>('a' + i % 26));
    const std::vector<Part> parts{Part{.bytes = as_bytes(body), .crc = std::nullopt}};
    const std::vector<Append> entries{Append{
        .log = &bench.journal->ensure(log), .record_count = 1, .timestamp_max = i, .body = parts}};
    CO_TRY(last, bench.journal->append(entries));
  }
  co_return co_await done(std::move(last));
}

// One entry of each slow log in every chunk, and much that is trimmed later.
Result<> fill(JournalBench& bench) {
  for (int round = 0; round < rounds; ++round) {
    TRY(bench.append(slow, slow_body(round), 2, 1000 + round));
    if (round % 2 == 0) TRY(bench.append(slower, slower_body(round), 1, 2000 + round));
    TRY(bench.run(append_many(bench, bulk, bulk_entries_a_round, bulk_body_bytes)));
    TRY(bench.run(bench.journal->checkpoint()));
  }
  return {};
}

Result<> trim_bulk(JournalBench& bench) {
  return bench.run(bench.trim_task(bulk, bench.journal->find(bulk)->committed_offset()));
}

// Checkpoints, and time for the cleaner after each.
Result<> settle(JournalBench& bench, int checkpoints = 6) {
  for (int i = 0; i < checkpoints; ++i) {
    TRY(bench.run(bench.journal->checkpoint()));
    bench.world.run_for(std::chrono::seconds(2));
  }
  return {};
}

void expect_slow_logs(JournalBench& bench) {
  Bodies expected;
  Bodies expected_slower;
  for (int round = 0; round < rounds; ++round) {
    expected.push_back(slow_body(round));
    if (round % 2 == 0) expected_slower.push_back(slower_body(round));
  }
  const auto bodies = bench.read(slow);
  ASSERT_TRUE(bodies) << bodies.error().to_string() << testing::PrintToString(bench.notices);
  EXPECT_EQ(*bodies, expected);
  const auto others = bench.read(slower);
  ASSERT_TRUE(others) << others.error().to_string();
  EXPECT_EQ(*others, expected_slower);
}

std::vector<std::string> chunk_files(const JournalBench& bench) {
  std::vector<std::string> names;
  const auto entries = bench.storage.list(bench.options.directory);
  for (const auto& entry : *entries) {
    if (parse_chunk_file_name(entry.name)) names.push_back(entry.name);
  }
  return names;
}

std::vector<std::string> cleaned_files(const JournalBench& bench) {
  std::vector<std::string> names;
  for (const auto& name : chunk_files(bench)) {
    if (is_cleaned(*parse_chunk_file_name(name))) names.push_back(name);
  }
  return names;
}

TEST(Cleaner, KeepsTheBytesOfASlowLogAndNotTheFilesAroundThem) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(fill(bench));
  EXPECT_GT(bench.journal->statistics().disk_bytes, rounds * 400 * KiB);
  ASSERT_TRUE(trim_bulk(bench));
  ASSERT_TRUE(settle(bench));
  const Statistics statistics = bench.journal->statistics();
  EXPECT_LT(statistics.disk_bytes, 400 * KiB) << testing::PrintToString(chunk_files(bench));
  EXPECT_GE(statistics.cleaned_chunks, rounds - 1U);
  EXPECT_GT(statistics.cleaned_bytes, rounds * 3000U);
  // The newest chunks follow later than the others.
  EXPECT_LE(cleaned_files(bench).size(), 2U);
  expect_slow_logs(bench);
  EXPECT_LE(bench.journal->find(slow)->extents().size(), 2U);
  EXPECT_TRUE(bench.notices.empty()) << testing::PrintToString(bench.notices);
}

TEST(Cleaner, WhatItWroteIsFoundAgainAfterAPowerCut) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(fill(bench) && trim_bulk(bench) && settle(bench));
  bench.crash();
  ASSERT_TRUE(bench.start());
  expect_slow_logs(bench);
  EXPECT_EQ(bench.journal->find(bulk)->start_offset(),
            bench.journal->find(bulk)->committed_offset());
  ASSERT_TRUE(bench.append(slow, "later"));
  EXPECT_EQ(bench.read(slow, 2 * rounds)->back(), "later");
  EXPECT_TRUE(bench.notices.empty()) << testing::PrintToString(bench.notices);
}

TEST(Cleaner, FindsByTimeAndByOffsetWhatItMoved) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(fill(bench) && trim_bulk(bench) && settle(bench));
  ASSERT_FALSE(cleaned_files(bench).empty());
  for (int round = 0; round < rounds; ++round) {
    const auto found = bench.run(bench.journal->find_by_time(slow, 1000 + round));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->item.base_offset, Offset(2 * round));
    EXPECT_EQ((*found)->item.record_count, 2U);
    const auto bodies = bench.read(slow, 2 * round + 1, 1);
    ASSERT_TRUE(bodies);
    EXPECT_EQ(*bodies, Bodies{slow_body(round)});
  }
  EXPECT_FALSE(bench.run(bench.journal->find_by_time(slow, 1000 + rounds))->has_value());
}

TEST(Cleaner, ReadsAreColdAfterwardsAndVerified) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(fill(bench) && trim_bulk(bench) && settle(bench));
  bench.stop();
  const auto files = cleaned_files(bench);
  ASSERT_FALSE(files.empty());
  // In the body of the first entry.
  ASSERT_TRUE(bench.storage.flip_bit(bench.path(files.front()),
                                     chunk_header_size + entry_header_size + 9, 2));
  ASSERT_TRUE(bench.start());
  EXPECT_EQ(bench.read(slow).error().code(), ErrorCode::corrupt);
  EXPECT_TRUE(bench.noticed("damaged entry"));
  // Its neighbours in the same block, and the index behind them, are good.
  const auto others = bench.read(slow, 2);
  EXPECT_TRUE(others) << others.error().to_string();
}

TEST(Cleaner, AMissingCleanedChunkIsReported) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(fill(bench) && trim_bulk(bench) && settle(bench));
  bench.stop();
  ASSERT_TRUE(bench.storage.remove(bench.path(cleaned_files(bench).at(0))));
  ASSERT_TRUE(bench.start());
  EXPECT_TRUE(bench.noticed("is missing"));
}

TEST(Cleaner, LeavesSealedChunksAloneWhenItIsTurnedOff) {
  JournalBench bench;
  bench.options.clean_below_live_share = 0;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(fill(bench) && trim_bulk(bench) && settle(bench));
  EXPECT_TRUE(cleaned_files(bench).empty());
  EXPECT_GE(chunk_files(bench).size(), rounds - 1U);
}

TEST(Cleaner, LeavesChunksAloneOfWhichMuchIsNeeded) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(fill(bench) && settle(bench));
  EXPECT_EQ(bench.journal->statistics().cleaned_bytes, 0U);
}

TEST(Cleaner, LeavesAChunkAloneThatCanNotBeRead) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(fill(bench));
  // The first entry of the first chunk, which is one of the slow log.
  ASSERT_TRUE(bench.storage.flip_bit(bench.path(chunk_file_name(1)),
                                     chunk_header_size + entry_header_size + 9, 2));
  ASSERT_TRUE(trim_bulk(bench));
  ASSERT_TRUE(settle(bench));
  EXPECT_TRUE(bench.noticed("is left as it is")) << testing::PrintToString(bench.notices);
  EXPECT_TRUE(bench.storage.contents(bench.path(chunk_file_name(1))));
  EXPECT_FALSE(bench.storage.contents(bench.path(chunk_file_name(2))));
  EXPECT_EQ(bench.read(slow).error().code(), ErrorCode::corrupt);
  EXPECT_EQ(bench.read(slow, 2)->size(), rounds - 1U);
}

TEST(Cleaner, AFullDiskEndsTheCopyAndNothingElse) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(fill(bench) && trim_bulk(bench));
  ASSERT_TRUE(bench.run(bench.journal->checkpoint()));
  bench.storage.faults().capacity_bytes = bench.storage.bytes_in_use() + 64 * KiB;
  static_cast<void>(bench.run(bench.journal->checkpoint()));
  bench.world.run_for(std::chrono::seconds(5));
  EXPECT_FALSE(bench.broken);
  expect_slow_logs(bench);
  bench.storage.faults().capacity_bytes = GiB;
  ASSERT_TRUE(settle(bench));
  EXPECT_LT(bench.journal->statistics().disk_bytes, 400 * KiB);
  expect_slow_logs(bench);
}

TEST(Cleaner, PutsManySmallChunksTogether) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  constexpr int chunks = 20;
  for (int i = 0; i < chunks; ++i) {
    ASSERT_TRUE(bench.append(slow, slow_body(i)));
    ASSERT_TRUE(bench.run(bench.journal->checkpoint()));
  }
  ASSERT_TRUE(settle(bench));
  EXPECT_LT(chunk_files(bench).size(), 10U);
  const auto bodies = bench.read(slow);
  ASSERT_EQ(bodies->size(), std::size_t{chunks});
  for (int i = 0; i < chunks; ++i) EXPECT_EQ((*bodies)[i], slow_body(i));
}

// Trims while the cleaner copies: stops the world after every number of steps, trims, and goes on.
TEST(Cleaner, RespectsATrimAtAnyMomentOfTheCopy) {
  for (int moment = 0; moment < 30; ++moment) {
    JournalBench bench;
    ASSERT_TRUE(bench.start());
    ASSERT_TRUE(fill(bench) && trim_bulk(bench));
    ASSERT_TRUE(settle(bench, 1));
    ASSERT_TRUE(bench.run(bench.journal->checkpoint()));
    for (int step = 0; step < moment * 8; ++step) bench.world.step();
    ASSERT_TRUE(bench.run(bench.trim_task(slow, Offset(7))));
    ASSERT_TRUE(bench.run(done(*bench.journal->drop(*bench.journal->find(slower)))));
    bench.world.run_for(std::chrono::seconds(2));
    EXPECT_EQ(bench.journal->find(slower), nullptr);
    EXPECT_EQ(bench.read(slow, 0).error().code(), ErrorCode::out_of_range);
    const auto bodies = bench.read(slow, 7);
    ASSERT_TRUE(bodies) << moment << bodies.error().to_string();
    ASSERT_EQ(bodies->size(), rounds - 3U) << moment;
    EXPECT_EQ(bodies->front(), slow_body(3));
    bench.crash();
    ASSERT_TRUE(bench.start());
    EXPECT_EQ(bench.read(slow, 7)->size(), rounds - 3U) << moment;
    EXPECT_EQ(bench.journal->find(slower), nullptr);
    EXPECT_TRUE(bench.notices.empty()) << moment << testing::PrintToString(bench.notices);
  }
}

TEST(Cleaner, StopsWhenTheJournalIsClosed) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(fill(bench) && trim_bulk(bench));
  ASSERT_TRUE(settle(bench, 1));
  ASSERT_TRUE(bench.run(bench.journal->checkpoint()));
  bench.stop();
  ASSERT_TRUE(bench.start());
  expect_slow_logs(bench);
  ASSERT_TRUE(settle(bench));
  EXPECT_LT(bench.journal->statistics().disk_bytes, 400 * KiB);
  expect_slow_logs(bench);
}

// Everything after the fill, with a crash at one operation: nothing is lost, and once the next process has settled, no
// file is left that it does not need.
TEST(Cleaner, ACrashAtAnyOperationLosesNothingAndLeaksNoFile) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  {
    JournalBench bench;
    ASSERT_TRUE(bench.start());
    ASSERT_TRUE(fill(bench) && trim_bulk(bench));
    first = bench.storage.operations();
    ASSERT_TRUE(settle(bench));
    last = bench.storage.operations();
  }
  for (std::uint64_t operation = first; operation < last; ++operation) {
    JournalBench bench;
    ASSERT_TRUE(bench.start());
    ASSERT_TRUE(fill(bench) && trim_bulk(bench));
    bench.storage.faults().crashing_operation = operation;
    static_cast<void>(settle(bench));
    bench.storage.faults().crashing_operation.reset();
    bench.stop();
    ASSERT_TRUE(bench.start()) << operation;
    expect_slow_logs(bench);
    ASSERT_TRUE(settle(bench)) << operation;
    expect_slow_logs(bench);
    EXPECT_LT(bench.journal->statistics().disk_bytes, 400 * KiB) << operation;
    EXPECT_EQ(chunk_files(bench).size(), bench.journal->statistics().chunks) << operation;
    EXPECT_LE(cleaned_files(bench).size(), 2U) << operation;
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "crash at operation " << operation << testing::PrintToString(bench.notices)
                    << testing::PrintToString(chunk_files(bench));
      break;
    }
  }
}

// The newest checkpoint is damaged after a clean: the one before knows the chunks that it was written with.
TEST(Cleaner, AnOlderCheckpointStillFindsTheChunksItKnows) {
  for (int checkpoints = 1; checkpoints <= 5; ++checkpoints) {
    JournalBench bench;
    ASSERT_TRUE(bench.start());
    ASSERT_TRUE(fill(bench) && trim_bulk(bench) && settle(bench, checkpoints));
    bench.stop();
    std::string newest;
    const auto entries = bench.storage.list(bench.options.directory);
    for (const auto& entry : *entries) {
      if (entry.name.starts_with("checkpoint-")) newest = entry.name;
    }
    ASSERT_TRUE(bench.storage.flip_bit(bench.path(newest), 40, 1));
    ASSERT_TRUE(bench.start());
    EXPECT_TRUE(bench.noticed("it is set aside"));
    EXPECT_FALSE(bench.noticed("is missing"))
        << checkpoints << testing::PrintToString(bench.notices);
    expect_slow_logs(bench);
  }
}

}  // namespace
}  // namespace koine::journal
