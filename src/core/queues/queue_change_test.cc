#include "core/queues/queue_change.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/queues/queue_states.h"

namespace koine::core {
namespace {

using testing::ElementsAre;

class Recorder final : public QueueChangeVisitor {
 public:
  void on_settled(const SettledRun& run) override {
    seen.push_back(fmt::format("{}: {}+{} settled, {} bytes", run.log.value(), run.first.value(),
                               run.count, run.body_bytes));
  }
  void on_failed(LogId log, Offset offset, std::uint32_t count) override {
    seen.push_back(fmt::format("{}: {} failed {} times", log.value(), offset.value(), count));
  }
  void on_delivered(LogId log, Offset end) override {
    seen.push_back(fmt::format("{}: delivered below {}", log.value(), end.value()));
  }
  void on_stopped() override { seen.emplace_back("stopped"); }
  void on_started() override { seen.emplace_back("started"); }
  void on_seen(LogId queue, const SeenKey& key) override {
    seen.push_back(fmt::format("{}: key {} seen at {}", queue.value(),
                               std::to_integer<int>(key.key.digest.front()), key.seen_ms));
  }

  std::vector<std::string> seen;
};

QueueChangeWriter one_of_each() {
  QueueChangeWriter writer;
  writer.started();
  writer.settled({.log = LogId(7), .first = Offset{100}, .count = 3, .body_bytes = 3'000'000'000});
  writer.settled({.log = LogId(7), .first = Offset{5}, .count = 1, .body_bytes = 0});
  writer.failed(LogId(9), Offset{1LL << 40}, 4'000'000'000);
  writer.delivered(LogId(9), Offset{44});
  writer.stopped();
  writer.seen(LogId(9), {.key = {{std::byte{5}}}, .seen_ms = 1'800'000'000'000});
  return writer;
}

TEST(QueueChange, ComesBackAsItWas) {
  const auto writer = one_of_each();
  Recorder recorder;
  ASSERT_TRUE(read_queue_changes(writer.view(), recorder));
  EXPECT_THAT(recorder.seen,
              ElementsAre("started", "7: 100+3 settled, 3000000000 bytes",
                          "7: 5+1 settled, 0 bytes", "9: 1099511627776 failed 4000000000 times",
                          "9: delivered below 44", "stopped", "9: key 5 seen at 1800000000000"));
  EXPECT_FALSE(writer.empty());
  EXPECT_TRUE(QueueChangeWriter().empty());
}

TEST(QueueChange, IsSmall) {
  QueueChangeWriter writer;
  writer.settled({.log = LogId(7), .first = Offset{50}, .count = 60, .body_bytes = 1'000});
  EXPECT_EQ(writer.size(), 1U + 9 + 1 + 1 + 1 + 2);
}

TEST(QueueChange, CutInARecordIsCorrupt) {
  const auto writer = one_of_each();
  std::size_t whole = 0;
  for (std::size_t size = 0; size < writer.size(); ++size) {
    Recorder recorder;
    if (read_queue_changes(writer.view().first(size), recorder)) ++whole;
  }
  EXPECT_EQ(whole, 9U) << "between two of the records";
}

TEST(QueueChange, RefusesWhatMakesNoSense) {
  const auto code = [](const std::vector<int>& bytes) {
    std::vector<std::byte> entry;
    for (const int byte : bytes) entry.push_back(static_cast<std::byte>(byte));
    Recorder recorder;
    const auto read = read_queue_changes(entry, recorder);
    return read ? std::optional<ErrorCode>() : read.error().code();
  };
  EXPECT_EQ(code({1}), std::nullopt);
  EXPECT_EQ(code({2}), ErrorCode::unsupported);
  EXPECT_EQ(code({1, 77}), ErrorCode::corrupt);
  EXPECT_EQ(code({1, 2, 1, 2, 2}), ErrorCode::corrupt) << "an offset below 0";
  EXPECT_EQ(code({1, 2, 2, 0, 2}), ErrorCode::corrupt) << "no messages";
  EXPECT_EQ(code({1, 2, 2, 2, 1}), ErrorCode::corrupt) << "fewer bytes than none";
  EXPECT_EQ(code({1, 3, 2, 1}), ErrorCode::corrupt) << "failed less than never";
}

class QueueStatesTest : public testing::Test {
 protected:
  std::unique_ptr<QueueStates> restored() const {
    QueueStatesWriter writer;
    states_.save(writer);
    auto states = std::make_unique<QueueStates>();
    EXPECT_TRUE(states->restore(writer.take(states_.was_stopped())));
    return states;
  }
  void replay(const QueueChangeWriter& writer) {
    ASSERT_TRUE(states_.replay_changes(writer.view()));
  }

  QueueStates states_;
};

TEST_F(QueueStatesTest, ChangesAppliedTwiceAreAppliedOnce) {
  QueueChangeWriter writer;
  writer.settled({.log = LogId(7), .first = Offset{3}, .count = 2, .body_bytes = 20});
  writer.failed(LogId(7), Offset{1}, 2);
  writer.failed(LogId(7), Offset{3}, 5);
  writer.delivered(LogId(7), Offset{6});
  for (int n = 0; n < 2; ++n) {
    replay(writer);
    const LevelState state = restored()->take(LogId(7));
    EXPECT_EQ(state.settled.count_above_floor(), 2U);
    EXPECT_EQ(state.body_bytes, -20);
    EXPECT_THAT(state.failures, ElementsAre(std::pair(Offset{1}, 2U)));
    EXPECT_EQ(state.delivered, Offset{6});
  }
}

TEST_F(QueueStatesTest, KnowWhetherTheLastThingWasAStop) {
  EXPECT_FALSE(restored()->was_stopped());
  QueueChangeWriter stop;
  stop.stopped();
  replay(stop);
  EXPECT_TRUE(restored()->was_stopped());
  QueueChangeWriter start;
  start.started();
  replay(start);
  EXPECT_FALSE(restored()->was_stopped());
}

TEST_F(QueueStatesTest, RefuseWhatIsCutOrNewer) {
  QueueChangeWriter writer;
  writer.settled({.log = LogId(7), .first = Offset{3}, .count = 2, .body_bytes = 20});
  writer.failed(LogId(7), Offset{1}, 2);
  replay(writer);
  QueueStatesWriter saved;
  states_.save(saved);
  auto bytes = saved.take(false);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    QueueStates states;
    EXPECT_EQ(states.restore(ByteView(bytes).first(size)).error().code(), ErrorCode::corrupt);
  }
  bytes[0] = std::byte{3};
  QueueStates states;
  EXPECT_EQ(states.restore(bytes).error().code(), ErrorCode::unsupported);
}

TEST_F(QueueStatesTest, KeepTheKeysThatWereSeen) {
  QueueChangeWriter writer;
  writer.seen(LogId(7), {.key = {{std::byte{1}}}, .seen_ms = 100});
  writer.seen(LogId(7), {.key = {{std::byte{2}}}, .seen_ms = 200});
  replay(writer);
  const auto again = restored();
  const auto seen = again->take_seen(LogId(7));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].key.digest[0], std::byte{2});
  EXPECT_EQ(seen[1].seen_ms, 200);
  EXPECT_TRUE(again->take_seen(LogId(7)).empty());
}

TEST_F(QueueStatesTest, ReadWhatWasSavedBeforeThereWereKeys) {
  QueueStatesWriter saved;
  auto bytes = saved.take(true);
  bytes[0] = std::byte{1};
  bytes.resize(bytes.size() - sizeof(std::uint32_t));
  QueueStates states;
  EXPECT_TRUE(states.restore(bytes));
  EXPECT_TRUE(states.was_stopped());
}

TEST_F(QueueStatesTest, MessagesThatAreNotWellFormedAreCorrupt) {
  const std::vector<std::byte> body(10);
  EXPECT_EQ(
      states_.replay_messages({.log = LogId(7), .record_count = 1, .body = body}).error().code(),
      ErrorCode::corrupt);
}

}  // namespace
}  // namespace koine::core
