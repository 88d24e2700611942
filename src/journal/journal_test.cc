#include "journal/journal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "journal/chunk.h"
#include "journal/journal_test_bench.h"
#include "journal/log_id.h"
#include "runtime/gate.h"

namespace koine::journal {
namespace {

constexpr LogId orders = make_log_id(ShardId(0), 2000);
constexpr LogId payments = make_log_id(ShardId(0), 2001);
constexpr LogId state_log = make_log_id(ShardId(0), 1);

using Bodies = std::vector<std::string>;

// Distinct, and long enough that a few hundred fill a chunk.
std::string long_body(int number) {
  return fmt::format("{:08}", number) + std::string(4000, static_cast<char>('a' + number % 26));
}

void fill(JournalBench& bench, LogId log, int from, int to) {
  for (int i = from; i < to; ++i) ASSERT_TRUE(bench.append(log, long_body(i), 1, i));
}

Task<void> expect_body_at(JournalBench& bench, int number, std::size_t bytes_max) {
  const auto bodies = co_await bench.read_task(orders, Offset(number), bytes_max);
  EXPECT_TRUE(bodies && bodies->front() == long_body(number)) << number;
}

TEST(Journal, GivesBackWhatWasAppendedInOrder) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(bench.append(orders, "one", 2));
  ASSERT_TRUE(bench.append(payments, "other"));
  ASSERT_TRUE(bench.append(orders, "two", 3));
  EXPECT_EQ(bench.journal->find(orders)->committed_offset(), Offset(5));
  EXPECT_EQ(*bench.read(orders), (Bodies{"one", "two"}));
  EXPECT_EQ(*bench.read(orders, 1), (Bodies{"one", "two"}));
  EXPECT_EQ(*bench.read(orders, 2), (Bodies{"two"}));
  EXPECT_EQ(*bench.read(orders, 5), Bodies{});
  EXPECT_EQ(*bench.read(payments), Bodies{"other"});
  EXPECT_EQ(bench.read(orders, 6).error().code(), ErrorCode::out_of_range);
  EXPECT_EQ(bench.read(make_log_id(ShardId(0), 9999)).error().code(), ErrorCode::not_found);
}

TEST(Journal, HonoursTheSizeAskedForButGivesAtLeastOneEntry) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(bench.append(orders, "12345"));
  EXPECT_EQ(bench.read(orders, 0, 1)->size(), 1U);
  EXPECT_EQ(bench.read(orders, 0, 10)->size(), 2U);
}

TEST(Journal, KeepsEverythingOverAnOrderlyRestart) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(bench.append(orders, "one"));
  bench.stop();
  ASSERT_TRUE(bench.start());
  EXPECT_EQ(bench.owner->replayed, Bodies{"one"});
  EXPECT_EQ(*bench.read(orders), Bodies{"one"});
  ASSERT_TRUE(bench.append(orders, "two"));
  EXPECT_EQ(*bench.read(orders), (Bodies{"one", "two"}));
}

TEST(Journal, KeepsWhatWasAcknowledgedOverAPowerCut) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(bench.append(orders, fmt::format("round {}", round)));
    bench.crash();
    ASSERT_TRUE(bench.start());
    const auto bodies = bench.read(orders);
    ASSERT_TRUE(bodies) << bodies.error().to_string() << testing::PrintToString(bench.notices);
    ASSERT_EQ(bodies->size(), round + 1U);
    EXPECT_EQ(bodies->back(), fmt::format("round {}", round));
  }
}

TEST(Journal, ReadsAcrossSealedChunksAndTheOpenOne) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 1000);
  EXPECT_GT(bench.journal->statistics().chunks, 3U);
  const auto bodies = bench.read(orders);
  ASSERT_EQ(bodies->size(), 1000U);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ((*bodies)[i], long_body(i));
  EXPECT_EQ(bench.read(orders, 700)->front(), long_body(700));
}

TEST(Journal, AnyNumberOfReadersKeepToTheBudgetOfTheCache) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 2000);
  runtime::Gate readers;
  constexpr int reader_count = 200;
  for (int n = 0; n < reader_count; ++n) readers.spawn(expect_body_at(bench, n * 9, 256 * KiB));
  std::uint64_t most = 0;
  bench.world.run_until([&] {
    most = std::max(most, bench.journal->statistics().cache_bytes);
    return readers.running() == 0;
  });
  EXPECT_EQ(readers.running(), 0U);
  EXPECT_LE(most, bench.options.cache_bytes);
  EXPECT_GT(bench.journal->statistics().cache_misses, 0U);
}

TEST(Journal, GivesTheCacheBackWhenNothingIsReadOrWritten) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 2000);
  ASSERT_EQ(bench.journal->statistics().cache_bytes, bench.options.cache_bytes);
  bench.world.run_for(std::chrono::seconds(5));
  EXPECT_LE(bench.journal->statistics().cache_bytes, bench.options.cache_bytes / 4);
  EXPECT_EQ(bench.read(orders)->size(), 2000U);
}

TEST(Journal, OpensFromACheckpointAndReplaysOnlyWhatFollows) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  bench.owner->state = 42;
  fill(bench, orders, 0, 600);
  bench.crash();
  ASSERT_TRUE(bench.start());
  EXPECT_EQ(bench.owner->state, 42);
  EXPECT_LT(bench.owner->replayed.size(), 300U);
  EXPECT_EQ(bench.read(orders)->size(), 600U);
}

TEST(Journal, ACheckpointOnRequestLeavesNothingToReplay) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 10);
  bench.owner->state = 7;
  ASSERT_TRUE(bench.run(bench.journal->checkpoint()));
  bench.crash();
  ASSERT_TRUE(bench.start());
  EXPECT_EQ(bench.owner->state, 7);
  EXPECT_TRUE(bench.owner->replayed.empty());
  EXPECT_EQ(bench.read(orders)->size(), 10U);
}

TEST(Journal, DeletesChunksWhenNothingInThemIsNeeded) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 2000);
  ASSERT_TRUE(bench.run(bench.trim_task(orders, Offset(1990))));
  fill(bench, orders, 2000, 2600);
  EXPECT_LT(bench.journal->statistics().chunks, 7U);
  EXPECT_EQ(bench.read(orders, 5).error().code(), ErrorCode::out_of_range);
  EXPECT_EQ(bench.read(orders, 1990)->front(), long_body(1990));
  bench.crash();
  ASSERT_TRUE(bench.start());
  EXPECT_EQ(bench.journal->find(orders)->start_offset(), Offset(1990));
  EXPECT_EQ(bench.read(orders, 1990)->size(), 610U);
}

TEST(Journal, AStateLogNeedsItsEntriesOnlyUntilTheNextCheckpoint) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(bench.append(state_log, "change"));
  ASSERT_TRUE(bench.run(bench.journal->checkpoint()));
  EXPECT_EQ(bench.journal->find(state_log)->start_offset(), Offset(1));
  bench.crash();
  ASSERT_TRUE(bench.start());
  EXPECT_TRUE(bench.owner->replayed.empty());
  EXPECT_EQ(bench.journal->find(state_log)->next_offset(), Offset(1));
}

TEST(Journal, FindsEntriesByTime) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 900);
  for (const int time : {0, 1, 450, 899}) {
    const auto found = bench.run(bench.journal->find_by_time(orders, time));
    ASSERT_TRUE(found && *found) << time;
    EXPECT_EQ((*found)->item.base_offset, Offset(time));
  }
  EXPECT_FALSE(bench.run(bench.journal->find_by_time(orders, 900))->has_value());
}

TEST(Journal, DroppedLogsStayGone) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(bench.append(orders, "one"));
  const auto commit = bench.journal->drop(*bench.journal->find(orders));
  ASSERT_TRUE(bench.run(done(*commit)));
  EXPECT_EQ(bench.journal->find(orders), nullptr);
  bench.crash();
  ASSERT_TRUE(bench.start());
  EXPECT_EQ(bench.journal->find(orders), nullptr);
}

TEST(Journal, TakesAQuarterOfAChunkAndRefusesMuchMore) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  EXPECT_TRUE(bench.append(orders, std::string(256 * KiB, 'x')));
  EXPECT_EQ(bench.append(orders, std::string(512 * KiB, 'x')).error().code(), ErrorCode::too_large);
}

TEST(Journal, AFullDiskRefusesWritesServesReadsAndRecoversByItself) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 20);
  bench.storage.faults().capacity_bytes = bench.storage.bytes_in_use();
  int refused = 0;
  int kept = 20;
  for (int i = 0; i < 400; ++i) {
    const auto appended = bench.append(orders, long_body(kept), 1, kept);
    if (appended)
      ++kept;
    else
      EXPECT_EQ(appended.error().code(), ErrorCode::no_space);
    refused += appended ? 0 : 1;
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(bench.read(orders)->size(), kept);
  bench.storage.faults().capacity_bytes = GiB;
  bench.world.run_for(std::chrono::seconds(2));
  for (int tries = 0; tries < 3 && !bench.append(orders, long_body(kept)); ++tries)
    bench.world.run_for(std::chrono::seconds(1));
  EXPECT_EQ(bench.read(orders)->size(), kept + 1U);
  EXPECT_FALSE(bench.broken);
  bench.crash();
  ASSERT_TRUE(bench.start());
  EXPECT_EQ(bench.read(orders)->size(), kept + 1U);
}

TEST(Journal, ACheckpointThatHadNoSpaceCanBeWrittenWhenThereIsSpace) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 5);
  bench.storage.faults().capacity_bytes = bench.storage.bytes_in_use();
  EXPECT_EQ(bench.run(bench.journal->checkpoint()).error().code(), ErrorCode::no_space);
  bench.storage.faults().capacity_bytes = GiB;
  EXPECT_TRUE(bench.run(bench.journal->checkpoint()));
  EXPECT_EQ(bench.read(orders)->size(), 5U);
}

TEST(Journal, AFailedSyncIsTheEnd) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(bench.append(orders, "before"));
  bench.storage.faults().sync_error_chance = 1;
  EXPECT_EQ(bench.append(orders, "during").error().code(), ErrorCode::io_error);
  bench.storage.faults().sync_error_chance = 0;
  EXPECT_EQ(bench.append(orders, "after").error().code(), ErrorCode::io_error);
  ASSERT_TRUE(bench.broken);
  EXPECT_EQ(*bench.read(orders), Bodies{"before"});
}

TEST(Journal, WhatAFailedSyncLeftBehindIsDurableOnceItCanBeRead) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    JournalBench bench(seed);
    ASSERT_TRUE(bench.start());
    ASSERT_TRUE(bench.append(orders, "before"));
    bench.storage.faults().sync_error_chance = 1;
    EXPECT_FALSE(bench.append(orders, long_body(1)));
    bench.stop();
    bench.storage.faults().sync_error_chance = 0;
    ASSERT_TRUE(bench.start());
    const auto read = bench.read(orders);
    bench.crash();
    ASSERT_TRUE(bench.start());
    EXPECT_EQ(*bench.read(orders), *read);
  }
}

TEST(Journal, ASealThatWasNotSyncedIsDurableOnceItWasRead) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    JournalBench bench(seed);
    ASSERT_TRUE(bench.start());
    fill(bench, orders, 0, 5);
    bench.storage.faults().sync_error_chance = 1;
    EXPECT_FALSE(bench.run(bench.journal->checkpoint()));
    bench.stop();
    bench.storage.faults().sync_error_chance = 0;
    ASSERT_TRUE(bench.start());
    ASSERT_TRUE(bench.run(bench.journal->checkpoint()));
    bench.crash();
    ASSERT_TRUE(bench.start());
    ASSERT_TRUE(bench.read(orders)) << seed;
    EXPECT_EQ(bench.read(orders)->size(), 5U);
  }
}

TEST(Journal, ADamagedEntryInASealedChunkIsReportedAndOthersAreServed) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 600);
  bench.stop();
  ASSERT_TRUE(bench.storage.flip_bit(bench.path(chunk_file_name(1)), 4096 + 4100 * 10 + 500, 3));
  ASSERT_TRUE(bench.start());
  const auto before = bench.read(orders, 0);
  ASSERT_TRUE(before);
  const auto damaged = static_cast<std::int64_t>(before->size());
  EXPECT_LT(damaged, 20);
  EXPECT_EQ(bench.read(orders, damaged).error().code(), ErrorCode::corrupt);
  EXPECT_EQ(bench.read(orders, damaged + 1)->front(), long_body(static_cast<int>(damaged) + 1));
  EXPECT_TRUE(bench.noticed("damaged entry"));
}

TEST(Journal, DamageInTheOpenChunkIsNotTakenForATornTail) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 50);
  bench.crash();
  ASSERT_TRUE(bench.storage.flip_bit(bench.path(chunk_file_name(1)), 4096 + 4100 * 10 + 500, 3));
  ASSERT_TRUE(bench.start());
  EXPECT_TRUE(bench.noticed("damaged bytes"));
  EXPECT_TRUE(bench.noticed("has lost offsets"));
  EXPECT_EQ(bench.journal->find(orders)->committed_offset(), Offset(50));
  EXPECT_EQ(bench.read(orders)->size(), 49U);
  EXPECT_EQ(bench.read(orders)->back(), long_body(49));
}

TEST(Journal, AMissingChunkIsReportedAndTheRestIsServed) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 600);
  bench.stop();
  ASSERT_TRUE(bench.storage.remove(bench.path(chunk_file_name(1))));
  ASSERT_TRUE(bench.start());
  EXPECT_TRUE(bench.noticed("is missing"));
  EXPECT_FALSE(bench.read(orders, 0));
  EXPECT_EQ(bench.read(orders, 599)->front(), long_body(599));
}

TEST(Journal, AForeignChunkIsSetAside) {
  JournalBench bench;
  bench.options.directory = "/data/shard-1";
  ASSERT_TRUE(bench.start());
  bench.stop();
  bench.options.directory = "/data/shard-0";
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(bench.append(orders, "one"));
  bench.stop();
  ASSERT_TRUE(
      bench.storage.rename("/data/shard-1/" + chunk_file_name(1), bench.path(chunk_file_name(2))));
  ASSERT_TRUE(bench.start());
  EXPECT_TRUE(bench.noticed("foreign"));
  EXPECT_TRUE(bench.storage.contents(bench.path(chunk_file_name(2) + ".set-aside")));
  EXPECT_EQ(*bench.read(orders), Bodies{"one"});
}

TEST(Journal, RefusesToOpenWhenTheFirstChunksAreGone) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  ASSERT_TRUE(bench.append(orders, "one"));
  bench.stop();
  ASSERT_TRUE(bench.storage.rename(bench.path(chunk_file_name(1)), bench.path(chunk_file_name(7))));
  EXPECT_EQ(bench.start().error().code(), ErrorCode::corrupt);
}

TEST(Journal, ADamagedCheckpointGivesWayToTheOneBefore) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  fill(bench, orders, 0, 900);
  bench.stop();
  const auto names = bench.storage.list(bench.options.directory);
  std::string newest;
  for (const auto& entry : *names) {
    if (entry.name.starts_with("checkpoint-")) newest = entry.name;
  }
  ASSERT_TRUE(bench.storage.flip_bit(bench.path(newest), 40, 1));
  ASSERT_TRUE(bench.start());
  EXPECT_TRUE(bench.noticed("it is set aside"));
  EXPECT_EQ(bench.read(orders)->size(), 900U);
}

TEST(Journal, EntriesOfOneAppendAreAllThereOrNone) {
  JournalBench bench;
  ASSERT_TRUE(bench.start());
  const std::vector<Part> first{Part{.bytes = as_bytes("first"), .crc = std::nullopt}};
  const std::vector<Part> second{Part{.bytes = as_bytes("second"), .crc = std::nullopt}};
  const std::vector<Append> entries{Append{.log = &bench.journal->ensure(orders),
                                           .record_count = 1,
                                           .timestamp_max = 0,
                                           .body = first},
                                    Append{.log = &bench.journal->ensure(payments),
                                           .record_count = 1,
                                           .timestamp_max = 0,
                                           .body = second}};
  const auto commit = bench.journal->append(entries);
  ASSERT_TRUE(bench.run(done(*commit)));
  bench.crash();
  // Half of the group is damaged: the other half must not show.
  ASSERT_TRUE(bench.storage.flip_bit(bench.path(chunk_file_name(1)), 4096 + 64 + 58, 1));
  ASSERT_TRUE(bench.start());
  EXPECT_EQ(bench.journal->find(orders), nullptr);
  EXPECT_EQ(bench.journal->find(payments), nullptr);
}

}  // namespace
}  // namespace koine::journal
