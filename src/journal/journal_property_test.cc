// The journal against a simple model, by random operations and restarts, from a seed. A failure prints its seed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "journal/journal_test_bench.h"
#include "journal/log_id.h"

namespace koine::journal {
namespace {

constexpr std::uint64_t seeds = 150;
constexpr int operations = 60;
constexpr std::uint64_t logs_max = 4;

// What a log must hold: bodies by base offset.
struct ModelEntry {
  std::uint32_t records = 0;
  std::string body;
};
struct ModelLog {
  std::map<std::int64_t, ModelEntry> entries;
  std::int64_t start = 0;
  std::int64_t next = 0;
};

class JournalProperty : public testing::TestWithParam<std::uint64_t> {
 protected:
  JournalProperty() : bench_(GetParam()), numbers_(GetParam() * 31) {}

  LogId random_log() {
    return make_log_id(ShardId(0), first_dynamic_log + numbers_.below(logs_max));
  }

  // One append of entries for some logs, which are all there or none.
  void append_group() {
    const std::uint64_t count = numbers_.between(1, 3);
    std::vector<std::string> bodies;
    for (std::uint64_t n = 0; n < count; ++n) {
      const auto size =
          numbers_.chance(0.3) ? numbers_.between(20'000, 80'000) : numbers_.between(1, 2'000);
      bodies.push_back(std::string(size, static_cast<char>('a' + numbers_.below(26))));
    }
    ASSERT_TRUE(bench_.run(bench_.journal->room()));
    std::vector<std::array<Part, 1>> parts;
    for (const auto& body : bodies)
      parts.push_back({Part{.bytes = as_bytes(body), .crc = std::nullopt}});
    std::vector<Append> entries;
    for (std::uint64_t n = 0; n < count; ++n) {
      entries.push_back({.log = &bench_.journal->ensure(random_log()),
                         .record_count = static_cast<std::uint32_t>(numbers_.between(1, 5)),
                         .timestamp_max = 0,
                         .body = parts[n]});
    }
    const auto commit = bench_.journal->append(entries);
    ASSERT_TRUE(commit) << commit.error().to_string();
    ASSERT_TRUE(bench_.run(done(*commit)));
    for (std::uint64_t n = 0; n < count; ++n) {
      ModelLog& log = model_[entries[n].log->id()];
      log.entries[log.next] = {.records = entries[n].record_count, .body = bodies[n]};
      log.next += entries[n].record_count;
    }
  }

  void trim() {
    if (model_.empty()) return;
    auto& [id, log] =
        *std::next(model_.begin(), static_cast<std::ptrdiff_t>(numbers_.below(model_.size())));
    log.start = static_cast<std::int64_t>(numbers_.between(static_cast<std::uint64_t>(log.start),
                                                           static_cast<std::uint64_t>(log.next)));
    ASSERT_TRUE(bench_.run(bench_.trim_task(id, Offset(log.start))));
  }

  // A later append may make it anew, empty.
  void drop() {
    if (model_.empty()) return;
    const LogId id = model_.begin()->first;
    ASSERT_TRUE(bench_.run(bench_.journal->room()));
    const auto commit = bench_.journal->drop(*bench_.journal->find(id));
    ASSERT_TRUE(commit && bench_.run(done(*commit)));
    model_.erase(id);
    EXPECT_EQ(bench_.journal->find(id), nullptr);
  }

  void restart() {
    switch (numbers_.below(3)) {
      case 0: bench_.stop(); break;
      case 1: bench_.crash(); break;
      default: bench_.storage.kill(); bench_.stop();
    }
    bench_.notices.clear();  // what the dying process complained about
    const auto started = bench_.start();
    ASSERT_TRUE(started) << started.error().to_string();
  }

  void operate() {
    const std::uint64_t choice = numbers_.below(100);
    if (choice < 80)
      append_group();
    else if (choice < 88)
      trim();
    else if (choice < 90)
      drop();
    else if (choice < 94)
      ASSERT_TRUE(bench_.run(bench_.journal->checkpoint()));
    else
      restart();
  }

  void compare() {
    for (const auto& [id, expected] : model_) {
      const Log* log = bench_.journal->find(id);
      ASSERT_NE(log, nullptr);
      EXPECT_EQ(log->start_offset(), Offset(expected.start));
      EXPECT_EQ(log->committed_offset(), Offset(expected.next));
      std::vector<std::string> bodies;
      for (const auto& [base, entry] : expected.entries) {
        if (base + entry.records > expected.start) bodies.push_back(entry.body);
      }
      const auto read = bench_.read(id, expected.start);
      ASSERT_TRUE(read) << read.error().to_string();
      EXPECT_TRUE(*read == bodies)
          << fmt::format("{} entries, expected {}", read->size(), bodies.size());
    }
    EXPECT_TRUE(bench_.notices.empty()) << testing::PrintToString(bench_.notices);
  }

  JournalBench bench_;
  io::RandomNumbers numbers_;
  std::map<LogId, ModelLog> model_;
};

TEST_P(JournalProperty, HoldsWhatTheModelHolds) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  ASSERT_TRUE(bench_.start());
  for (int n = 0; n < operations && !HasFailure(); ++n) operate();
  compare();
  if (HasFailure()) return;
  restart();
  compare();
}

INSTANTIATE_TEST_SUITE_P(Seeds, JournalProperty, testing::Range<std::uint64_t>(1, seeds + 1));

}  // namespace
}  // namespace koine::journal
