// The journal against a simple model, by random operations and restarts, from a seed. A failure prints its seed.
//
// Entries belong to one log or to several. Records are acknowledged one by one in any order, as those of queues are: the journal may give up an entry of which
// none is needed, and must keep all others.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "journal/journal_test_bench.h"
#include "journal/journal_test_queue.h"
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
  TestQueue queue;

  bool is_needed(std::int64_t base, const ModelEntry& entry) const {
    for (std::int64_t n = std::max(base, start); n < base + entry.records; ++n) {
      if (!queue.is_acked(Offset(n))) return true;
    }
    return false;
  }
  // Of the entries that hold [from, ...): `present` are those that were read.
  bool explains(std::int64_t from, const std::vector<std::string>& present) const {
    auto read = present.begin();
    for (const auto& [base, entry] : entries) {
      if (base + entry.records <= from) continue;
      if (read != present.end() && *read == entry.body)
        ++read;
      else if (is_needed(base, entry))
        return false;
    }
    return read == present.end();
  }
};

class JournalProperty : public testing::TestWithParam<std::uint64_t> {
 protected:
  JournalProperty() : bench_(GetParam()), numbers_(GetParam() * 31) {}

  // The journal must not be told of a log by an observer that is gone.
  void TearDown() override { bench_.stop(); }

  // One append of entries for some logs, which are all there or none.
  void append_group() {
    const std::uint64_t count = numbers_.between(1, 3);
    std::vector<std::string> bodies;
    for (std::uint64_t n = 0; n < count; ++n) {
      const auto size =
          numbers_.chance(0.3) ? numbers_.between(20'000, 80'000) : numbers_.between(1, 2'000);
      bodies.push_back(fmt::format("{:08}", ++bodies_made_) +
                       std::string(size, static_cast<char>('a' + numbers_.below(26))));
    }
    ASSERT_TRUE(bench_.run(bench_.journal->room()));
    std::vector<std::array<Part, 1>> parts;
    for (const auto& body : bodies)
      parts.push_back({Part{.bytes = as_bytes(body), .crc = std::nullopt}});
    std::vector<Append> entries;
    std::vector<std::vector<Log*>> targets;
    for (std::uint64_t n = 0; n < count; ++n) {
      const std::vector<Log*>& logs = targets.emplace_back(random_logs());
      entries.push_back({.log = logs.front(),
                         .record_count = static_cast<std::uint32_t>(numbers_.between(1, 5)),
                         .timestamp_max = 0,
                         .body = parts[n],
                         .also = std::span(logs).subspan(1)});
    }
    const auto commit = bench_.journal->append(entries);
    ASSERT_TRUE(commit) << commit.error().to_string();
    ASSERT_TRUE(bench_.run(done(*commit)));
    for (std::uint64_t n = 0; n < count; ++n) {
      for (Log* target : targets[n]) {
        ModelLog& log = model_[target->id()];
        log.entries[log.next] = {.records = entries[n].record_count, .body = bodies[n]};
        log.next += entries[n].record_count;
        target->observe(&log.queue);
      }
    }
  }

  // Mostly one.
  std::vector<Log*> random_logs() {
    const std::uint64_t count = numbers_.chance(0.7) ? 1 : numbers_.between(2, logs_max);
    const std::uint64_t first = numbers_.below(logs_max);
    std::vector<Log*> logs;
    for (std::uint64_t n = 0; n < count; ++n) {
      const std::uint64_t number = first_dynamic_log + (first + n) % logs_max;
      logs.push_back(&bench_.journal->ensure(make_log_id(ShardId(0), number)));
    }
    return logs;
  }

  ModelLog& random_model() {
    return std::next(model_.begin(), static_cast<std::ptrdiff_t>(numbers_.below(model_.size())))
        ->second;
  }

  // A run of a log's records, of which perhaps a few are left out.
  void ack() {
    if (model_.empty()) return;
    ModelLog& log = random_model();
    const auto from = static_cast<std::int64_t>(numbers_.between(
        static_cast<std::uint64_t>(log.start), static_cast<std::uint64_t>(log.next)));
    const auto to = static_cast<std::int64_t>(
        numbers_.between(static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(log.next)));
    const double left_out = numbers_.chance(0.5) ? 0 : 0.1;
    for (std::int64_t n = from; n < to; ++n) {
      if (!numbers_.chance(left_out)) log.queue.ack(Offset(n));
    }
  }

  // Checkpoints, and time for the cleaner after each.
  void settle() {
    for (std::uint64_t n = numbers_.between(1, 6); n > 0; --n) {
      ASSERT_TRUE(bench_.run(bench_.journal->checkpoint()));
      bench_.world.run_for(std::chrono::milliseconds(numbers_.between(0, 500)));
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
    for (auto& [id, log] : model_) bench_.journal->ensure(id).observe(&log.queue);
  }

  void operate() {
    const std::uint64_t choice = numbers_.below(100);
    if (choice < 65)
      append_group();
    else if (choice < 80)
      ack();
    else if (choice < 86)
      trim();
    else if (choice < 88)
      drop();
    else if (choice < 94)
      settle();
    else
      restart();
  }

  void compare() {
    for (const auto& [id, expected] : model_) {
      const Log* log = bench_.journal->find(id);
      ASSERT_NE(log, nullptr);
      EXPECT_EQ(log->start_offset(), Offset(expected.start));
      EXPECT_EQ(log->committed_offset(), Offset(expected.next));
      for (const std::int64_t from : {expected.start, (expected.start + expected.next) / 2}) {
        const auto read = bench_.read(id, from);
        ASSERT_TRUE(read) << read.error().to_string();
        EXPECT_TRUE(expected.explains(from, *read))
            << fmt::format("log {:#x}: {} of {} entries, from {}", id.value(), read->size(),
                           expected.entries.size(), from);
      }
    }
    EXPECT_TRUE(bench_.notices.empty()) << testing::PrintToString(bench_.notices);
  }

  JournalBench bench_;
  io::RandomNumbers numbers_;
  std::map<LogId, ModelLog> model_;
  int bodies_made_ = 0;  // no two are the same
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
