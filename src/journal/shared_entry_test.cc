// Entries that belong to several logs: the body is stored once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "journal/chunk.h"
#include "journal/inspect.h"
#include "journal/journal_test_bench.h"
#include "journal/log_id.h"

namespace koine::journal {
namespace {

constexpr LogId email = make_log_id(ShardId(0), 2000);
constexpr LogId sms = make_log_id(ShardId(0), 2001);
constexpr LogId audit = make_log_id(ShardId(0), 2002);

using Bodies = std::vector<std::string>;

std::string body(int number) { return fmt::format("{:08}", number) + std::string(4000, 'x'); }

class SharedEntry : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(bench_.start()); }

  Result<> settle(int checkpoints = 6) {
    for (int i = 0; i < checkpoints; ++i) {
      TRY(bench_.run(bench_.journal->checkpoint()));
      bench_.world.run_for(std::chrono::seconds(2));
    }
    return {};
  }
  Result<> trim(LogId log, std::int64_t start) {
    return bench_.run(bench_.trim_task(log, Offset(start)));
  }
  Result<JournalReport> inspect() {
    bench_.reactor = std::make_unique<io::SimReactor>(bench_.world);
    bench_.disk = std::make_unique<io::SimDisk>(bench_.storage, *bench_.reactor);
    return bench_.run(journal::inspect(*bench_.disk, bench_.options.directory, {}));
  }
  // Flips a bit in the body of the first entry of the first chunk, of so many targets.
  Result<> damage_first_body(std::size_t targets) {
    return bench_.storage.flip_bit(
        bench_.path(chunk_file_name(1)),
        chunk_header_size + entry_header_size + (targets - 1) * entry_target_size + 20, 3);
  }

  JournalBench bench_;
};

TEST_F(SharedEntry, EachLogHasItAtItsOwnOffsets) {
  ASSERT_TRUE(bench_.append(sms, "before", 5));
  ASSERT_TRUE(bench_.append_shared({email, sms, audit}, "shared", 3));
  ASSERT_TRUE(bench_.append(email, "after"));
  EXPECT_EQ(*bench_.read(email), (Bodies{"shared", "after"}));
  EXPECT_EQ(*bench_.read(sms), (Bodies{"before", "shared"}));
  EXPECT_EQ(*bench_.read(sms, 7), Bodies{"shared"});
  EXPECT_EQ(*bench_.read(audit), Bodies{"shared"});
  EXPECT_EQ(bench_.journal->find(email)->committed_offset(), Offset(4));
  EXPECT_EQ(bench_.journal->find(sms)->committed_offset(), Offset(8));
  EXPECT_EQ(bench_.journal->find(audit)->committed_offset(), Offset(3));
}

TEST_F(SharedEntry, ItsBodyIsWrittenOnce) {
  ASSERT_TRUE(bench_.append_shared({email, sms, audit}, std::string(100'000, 'x')));
  EXPECT_LT(bench_.journal->statistics().committed_bytes, 101'000U);
}

TEST_F(SharedEntry, IsReplayedOnceForEachLog) {
  ASSERT_TRUE(bench_.append(sms, "before", 5));
  ASSERT_TRUE(bench_.append_shared({email, sms, audit}, "shared", 3));
  bench_.crash();
  ASSERT_TRUE(bench_.start());
  EXPECT_EQ(bench_.owner->replayed, (Bodies{"before", "shared", "shared", "shared"}));
  EXPECT_EQ(bench_.owner->replayed_targets,
            (std::vector<EntryTarget>{
                {sms, Offset(0)}, {email, Offset(0)}, {sms, Offset(5)}, {audit, Offset(0)}}));
  EXPECT_EQ(*bench_.read(sms), (Bodies{"before", "shared"}));
  ASSERT_TRUE(bench_.append_shared({audit, email}, "more"));
  EXPECT_EQ(*bench_.read(email, 3), Bodies{"more"});
  EXPECT_EQ(*bench_.read(audit, 3), Bodies{"more"});
}

TEST_F(SharedEntry, IsFoundInSealedChunksOfEachLog) {
  constexpr int count = 600;
  for (int n = 0; n < count; ++n) ASSERT_TRUE(bench_.append_shared({email, sms}, body(n)));
  for (int restarts = 0; restarts < 2; ++restarts) {
    for (const LogId log : {email, sms}) {
      const auto read = bench_.read(log);
      ASSERT_TRUE(read) << read.error().to_string();
      ASSERT_EQ(read->size(), std::size_t{count});
      for (int n = 0; n < count; ++n) ASSERT_EQ((*read)[n], body(n));
      EXPECT_EQ(bench_.read(log, 300)->front(), body(300));
    }
    bench_.crash();
    ASSERT_TRUE(bench_.start());
  }
  EXPECT_TRUE(bench_.notices.empty()) << testing::PrintToString(bench_.notices);
}

TEST_F(SharedEntry, BelongsToTheOthersWhenOneLogGivesItUp) {
  for (int n = 0; n < 600; ++n) ASSERT_TRUE(bench_.append_shared({email, sms, audit}, body(n)));
  ASSERT_TRUE(trim(email, 600));
  ASSERT_TRUE(bench_.run(done(*bench_.journal->drop(*bench_.journal->find(audit)))));
  ASSERT_TRUE(settle());
  bench_.crash();
  ASSERT_TRUE(bench_.start());
  EXPECT_EQ(bench_.read(sms)->size(), 600U);
  EXPECT_TRUE(bench_.read(email, 600)->empty());
  EXPECT_EQ(bench_.journal->find(audit), nullptr);
  ASSERT_TRUE(trim(sms, 600));
  ASSERT_TRUE(settle());
  EXPECT_LT(bench_.journal->statistics().chunks, 3U);
}

TEST_F(SharedEntry, IsTakenBackFromAllLogsWhenTheDiskIsFull) {
  ASSERT_TRUE(bench_.append_shared({email, sms}, "kept"));
  bench_.storage.faults().capacity_bytes = bench_.storage.bytes_in_use();
  Result<> appended;
  int kept = 1;
  while ((appended = bench_.append_shared({email, sms}, body(kept)))) ++kept;
  EXPECT_EQ(appended.error().code(), ErrorCode::no_space);
  for (const LogId log : {email, sms}) {
    EXPECT_EQ(bench_.journal->find(log)->next_offset(), Offset(kept));
    EXPECT_EQ(bench_.read(log)->size(), static_cast<std::size_t>(kept));
  }
}

TEST_F(SharedEntry, ForTooManyLogsIsRefused) {
  std::vector<Log*> logs(entry_targets_max, &bench_.journal->ensure(email));
  ASSERT_TRUE(bench_.run(bench_.journal->room()));
  const std::vector<Append> entries{Append{.log = &bench_.journal->ensure(sms),
                                           .record_count = 1,
                                           .timestamp_max = 0,
                                           .body = {},
                                           .also = logs}};
  const auto refused = bench_.journal->append(entries);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::too_large);
  EXPECT_NE(refused.error().to_string().find("65536 logs"), std::string::npos);
}

TEST_F(SharedEntry, DamagedInASealedChunkIsDamagedInEachLog) {
  for (int n = 0; n < 10; ++n) ASSERT_TRUE(bench_.append_shared({email, sms}, body(n)));
  ASSERT_TRUE(bench_.run(bench_.journal->checkpoint()));
  bench_.stop();
  ASSERT_TRUE(damage_first_body(2));
  ASSERT_TRUE(bench_.start());
  for (const LogId log : {email, sms}) {
    EXPECT_EQ(bench_.read(log).error().code(), ErrorCode::corrupt);
    EXPECT_EQ(bench_.read(log, 1)->size(), 9U);
  }
  EXPECT_TRUE(bench_.noticed("damaged entry at 4096: log 0x7d0, offset 0, log 0x7d1, offset 0"))
      << testing::PrintToString(bench_.notices);
  EXPECT_EQ(bench_.notices.size(), 1U);
}

TEST_F(SharedEntry, DamagedInTheOpenChunkIsLostToEachLog) {
  for (int n = 0; n < 50; ++n) ASSERT_TRUE(bench_.append_shared({email, sms}, body(n)));
  bench_.crash();
  ASSERT_TRUE(damage_first_body(2));
  ASSERT_TRUE(bench_.start());
  EXPECT_TRUE(bench_.noticed("log 0x7d0 has lost offsets 0 to 0"));
  EXPECT_TRUE(bench_.noticed("log 0x7d1 has lost offsets 0 to 0"));
  EXPECT_EQ(bench_.read(email)->size(), 49U);
  EXPECT_EQ(bench_.read(sms)->size(), 49U);
}

TEST_F(SharedEntry, TheCleanerCopiesItForEachLogThatNeedsIt) {
  for (int n = 0; n < 600; ++n) {
    ASSERT_TRUE(bench_.append(email, body(n)));
    if (n % 50 == 0) ASSERT_TRUE(bench_.append_shared({email, sms, audit}, body(1000 + n)));
  }
  ASSERT_TRUE(trim(email, bench_.journal->find(email)->committed_offset().value()));
  ASSERT_TRUE(settle());
  EXPECT_GT(bench_.journal->statistics().cleaned_chunks, 0U);
  EXPECT_LT(bench_.journal->statistics().disk_bytes, 200 * KiB);
  bench_.crash();
  ASSERT_TRUE(bench_.start());
  for (const LogId log : {sms, audit}) {
    const auto read = bench_.read(log);
    ASSERT_TRUE(read) << read.error().to_string();
    ASSERT_EQ(read->size(), 12U);
    for (int n = 0; n < 12; ++n) EXPECT_EQ((*read)[n], body(1000 + 50 * n));
  }
  EXPECT_TRUE(bench_.notices.empty()) << testing::PrintToString(bench_.notices);
}

// Ten logs share what many small chunks hold: together in one they would be ten times as large.
TEST_F(SharedEntry, SmallChunksOfThemAreNotPutTogether) {
  std::vector<LogId> logs;
  for (std::uint64_t n = 0; n < 10; ++n) logs.push_back(make_log_id(ShardId(0), 3000 + n));
  for (int n = 0; n < 20; ++n) {
    ASSERT_TRUE(bench_.append_shared(logs, std::string(100'000, 'x')));
    ASSERT_TRUE(bench_.run(bench_.journal->checkpoint()));
  }
  ASSERT_TRUE(settle());
  EXPECT_EQ(bench_.journal->statistics().cleaned_bytes, 0U);
  EXPECT_EQ(bench_.read(logs.back())->size(), 20U);
}

TEST_F(SharedEntry, InspectTellsOfItForEachLog) {
  for (int n = 0; n < 10; ++n) ASSERT_TRUE(bench_.append_shared({email, sms}, body(n), 2));
  ASSERT_TRUE(bench_.run(bench_.journal->checkpoint()));
  ASSERT_TRUE(bench_.append_shared({sms, audit}, "last"));
  bench_.stop();
  const auto report = inspect();
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->is_damaged());
  EXPECT_EQ(report->chunks.at(0).entries, 10U);
  EXPECT_EQ(report->chunks.at(0).logs, 2U);
  EXPECT_EQ(report->logs.at(email).entries, 10U);
  EXPECT_EQ(report->logs.at(sms).entries, 11U);
  EXPECT_EQ(report->logs.at(sms).offsets.end, Offset(21));
  EXPECT_EQ(report->logs.at(audit).offsets.end, Offset(1));

  ASSERT_TRUE(damage_first_body(2));
  const auto damaged = inspect();
  ASSERT_TRUE(damaged);
  const OffsetRanges lost{{Offset(0), Offset(2)}};
  EXPECT_EQ(damaged->logs.at(email).gaps, lost);
  EXPECT_EQ(damaged->logs.at(sms).gaps, lost);
  EXPECT_TRUE(damaged->logs.at(audit).gaps.empty());
}

}  // namespace
}  // namespace koine::journal
