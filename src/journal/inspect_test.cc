#include "journal/inspect.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "journal/chunk.h"
#include "journal/journal_test_bench.h"
#include "journal/journal_test_queue.h"
#include "journal/log_id.h"

namespace koine::journal {
namespace {

constexpr LogId orders = make_log_id(ShardId(0), 2000);
constexpr LogId payments = make_log_id(ShardId(0), 2001);

constexpr int entries = 400;

std::string body(int number) { return fmt::format("{:08}", number) + std::string(4000, 'x'); }

// Two sealed chunks of orders and an open one, of a journal that was stopped; payments in the first and the last.
class Inspect : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bench_.start());
    ASSERT_TRUE(bench_.append(payments, "first", 3));
    for (int i = 0; i < entries; ++i) ASSERT_TRUE(bench_.append(orders, body(i)));
    ASSERT_TRUE(bench_.run(bench_.journal->checkpoint()));
    ASSERT_TRUE(bench_.append(payments, "last"));
    bench_.stop();
    names_ = chunk_names();
    ASSERT_EQ(names_.size(), 3U);
  }

  std::vector<std::string> chunk_names() const {
    std::vector<std::string> names;
    const auto listed = bench_.storage.list(bench_.options.directory);
    for (const auto& entry : *listed) {
      if (parse_chunk_file_name(entry.name)) names.push_back(entry.name);
    }
    return names;
  }

  Result<JournalReport> inspect(EntryVisitor visit = {}) {
    bench_.reactor = std::make_unique<io::SimReactor>(bench_.world);
    bench_.disk = std::make_unique<io::SimDisk>(bench_.storage, *bench_.reactor);
    return bench_.run(journal::inspect(*bench_.disk, bench_.options.directory, std::move(visit)));
  }

  JournalBench bench_;
  std::vector<std::string> names_;
};

TEST_F(Inspect, FindsNothingWrongInAGoodJournal) {
  const auto report = inspect();
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_FALSE(report->is_damaged());
  ASSERT_EQ(report->chunks.size(), 3U);
  EXPECT_TRUE(report->chunks[0].is_sealed && report->chunks[1].is_sealed &&
              !report->chunks[2].is_sealed);
  EXPECT_EQ(report->chunks[0].entries + report->chunks[1].entries, entries + 1U);
  EXPECT_EQ(report->chunks[0].logs, 2U);
  EXPECT_FALSE(report->chunks[2].has_torn_tail);
  const LogReport& log = report->logs.at(orders);
  EXPECT_EQ(log.entries, std::uint64_t{entries});
  EXPECT_EQ(log.offsets.end, Offset(entries));
  EXPECT_TRUE(log.gaps.empty());
  EXPECT_EQ(report->logs.at(payments).offsets.end, Offset(4));
  EXPECT_FALSE(report->checkpoints.empty());
}

TEST_F(Inspect, TellsOfEveryEntry) {
  int seen = 0;
  ASSERT_TRUE(inspect([&](const ChunkReport&, std::uint32_t, const EntryHeader&) { ++seen; }));
  EXPECT_EQ(seen, entries + 2);
}

TEST_F(Inspect, WritesNothing) {
  std::map<std::string, std::vector<std::byte>> before;
  const auto listed = bench_.storage.list(bench_.options.directory);
  for (const auto& entry : *listed)
    before[entry.name] = *bench_.storage.contents(bench_.path(entry.name));
  ASSERT_TRUE(inspect());
  const auto after = bench_.storage.list(bench_.options.directory);
  ASSERT_EQ(after->size(), before.size());
  for (const auto& entry : *after)
    EXPECT_EQ(*bench_.storage.contents(bench_.path(entry.name)), before[entry.name]);
}

TEST_F(Inspect, NamesADamagedEntryAndTheOffsetsThatItHeld) {
  ASSERT_TRUE(bench_.storage.flip_bit(bench_.path(names_[0]), 4096 + 4100 * 10 + 500, 3));
  const auto report = inspect();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->is_damaged());
  ASSERT_EQ(report->chunks[0].damaged.size(), 1U);
  ASSERT_EQ(report->logs.at(orders).gaps.size(), 1U);
  const OffsetRange gap = report->logs.at(orders).gaps[0];
  EXPECT_EQ(gap.end - gap.first, 1);
  ASSERT_EQ(report->chunks[0].problems.size(), 1U)
      << testing::PrintToString(report->chunks[0].problems);
  EXPECT_NE(report->chunks[0].problems[0].find("block at 0"), std::string::npos);
}

TEST_F(Inspect, NamesADamagedHeader) {
  ASSERT_TRUE(bench_.storage.flip_bit(bench_.path(names_[1]), 20, 0));
  const auto report = inspect();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->chunks[1].problems.size(), 1U);
  EXPECT_FALSE(report->logs.at(orders).gaps.empty());
}

TEST_F(Inspect, NamesADamagedIndexAndTable) {
  const auto bytes = bench_.storage.contents(bench_.path(names_[0]));
  const std::size_t size = bytes->size();
  const auto last =
      std::find_if(bytes->rbegin(), bytes->rend(), [](std::byte b) { return b != std::byte{0}; });
  const auto table_end = static_cast<std::uint64_t>(std::distance(last, bytes->rend()));
  ASSERT_LE(table_end, size);
  ASSERT_TRUE(bench_.storage.flip_bit(bench_.path(names_[0]), table_end - 1, 0));
  const auto report = inspect();
  EXPECT_NE(report->chunks[0].problems.at(0).find("checksum table"), std::string::npos);
  // Index items lie before the table.
  ASSERT_TRUE(bench_.storage.flip_bit(bench_.path(names_[0]), table_end - 200, 0));
  const auto again = inspect();
  EXPECT_NE(again->chunks[0].problems.at(0).find("the index"), std::string::npos);
}

TEST_F(Inspect, NamesAMissingChunk) {
  ASSERT_TRUE(bench_.storage.remove(bench_.path(names_[0])));
  const auto report = inspect();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->is_damaged());
  ASSERT_EQ(report->logs.at(payments).gaps.size(), 1U);
  EXPECT_EQ(report->logs.at(payments).gaps[0].end, Offset(3));
}

TEST_F(Inspect, NamesADamagedCheckpoint) {
  const auto listed = bench_.storage.list(bench_.options.directory);
  std::string newest;
  for (const auto& entry : *listed) {
    if (entry.name.starts_with("checkpoint-")) newest = entry.name;
  }
  ASSERT_TRUE(bench_.storage.flip_bit(bench_.path(newest), 40, 1));
  const auto report = inspect();
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->checkpoints.back().problem.empty());
  EXPECT_TRUE(report->is_damaged());
}

TEST_F(Inspect, ATornTailIsNoDamage) {
  ASSERT_TRUE(bench_.storage.flip_bit(bench_.path(names_[2]), 4096 + entry_header_size + 1, 3));
  const auto report = inspect();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->chunks[2].has_torn_tail);
  EXPECT_FALSE(report->is_damaged());
}

TEST_F(Inspect, RefusesADirectoryWithoutAJournal) {
  bench_.options.directory = "/data";
  EXPECT_EQ(inspect().error().code(), ErrorCode::not_found);
}

TEST_F(Inspect, KnowsWhatWasTrimmedAndDropped) {
  ASSERT_TRUE(bench_.start());
  ASSERT_TRUE(bench_.run(bench_.trim_task(orders, Offset(100))));
  ASSERT_TRUE(bench_.run(done(*bench_.journal->drop(*bench_.journal->find(payments)))));
  bench_.stop();
  const auto report = inspect();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->logs.at(orders).start, Offset(100));
  EXPECT_TRUE(report->logs.at(payments).is_dropped);
  EXPECT_FALSE(report->is_damaged());
}

TEST_F(Inspect, KnowsWhatTheCleanerMoved) {
  ASSERT_TRUE(bench_.start());
  ASSERT_TRUE(bench_.run(bench_.trim_task(orders, Offset(entries))));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(bench_.run(bench_.journal->checkpoint()));
    bench_.world.run_for(std::chrono::seconds(1));
  }
  bench_.stop();
  const auto report = inspect();
  ASSERT_TRUE(report);
  EXPECT_TRUE(is_cleaned(report->chunks.at(0).sequence)) << report->chunks.at(0).name;
  EXPECT_TRUE(report->chunks.at(0).is_sealed);
  EXPECT_EQ(report->logs.at(payments).offsets.end, Offset(4));
  EXPECT_FALSE(report->is_damaged());
}

// Every tenth of the orders is needed; the rest of them is given up.
TEST_F(Inspect, WhatNobodyNeededAndWasGivenUpIsNotLost) {
  TestQueue queue;
  ASSERT_TRUE(bench_.start());
  bench_.journal->find(orders)->observe(&queue);
  for (int i = 0; i < entries; ++i) {
    if (i % 10 != 0) queue.ack(Offset(i));
  }
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(bench_.run(bench_.journal->checkpoint()));
    bench_.world.run_for(std::chrono::seconds(1));
  }
  bench_.stop();
  const auto report = inspect();
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->is_damaged());
  EXPECT_TRUE(is_cleaned(report->chunks.at(0).sequence));
  EXPECT_EQ(report->logs.at(orders).entries, entries / 10U);
  EXPECT_EQ(report->logs.at(orders).offsets.end, Offset(entries));

  // Between two holes, one entry is damaged.
  const std::string path = bench_.path(report->chunks.at(0).name);
  const std::uint64_t second = chunk_header_size + align_up(entry_header_size + body(0).size(), 8);
  ASSERT_TRUE(bench_.storage.flip_bit(path, second + entry_header_size + 20, 3));
  const auto damaged = inspect();
  ASSERT_TRUE(damaged);
  const OffsetRange lost{Offset(10), Offset(11)};
  EXPECT_EQ(damaged->logs.at(orders).gaps, OffsetRanges{lost});
  // The whole of it, but for what it held besides: nobody knows.
  ASSERT_TRUE(bench_.storage.remove(path));
  const auto missing = inspect();
  ASSERT_TRUE(missing);
  ASSERT_FALSE(missing->logs.at(orders).gaps.empty());
  EXPECT_EQ(missing->logs.at(orders).gaps.front().first, Offset(0));
}

}  // namespace
}  // namespace koine::journal
