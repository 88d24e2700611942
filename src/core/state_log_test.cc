// JournalStateLog over a journal on a simulated disk, and ProducerIds over it.

#include "core/state_log.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "core/engine_logs.h"
#include "core/journal_state_log.h"
#include "core/producer_ids.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_storage.h"
#include "io/sim/sim_world.h"

namespace koine::core {
namespace {

// Keeps every entry, as text.
class Entries final : public journal::StateOwner {
 public:
  std::vector<std::byte> save() override {
    FieldWriter writer;
    for (const std::string& entry : entries) writer.text(entry);
    return writer.take();
  }
  Result<> restore(ByteView saved) override {
    FieldReader reader(saved);
    while (reader.left() > 0) {
      TRY(auto entry, reader.text());
      entries.push_back(std::move(entry));
    }
    return {};
  }
  Result<> replay(const journal::ReplayedEntry& entry) override {
    entries.emplace_back(as_text(entry.body));
    return {};
  }

  std::vector<std::string> entries;
};

class StateLogTest : public testing::Test {
 protected:
  StateLogTest()
      : world_(1),
        storage_(world_),
        reactor_(world_),
        disk_(storage_, reactor_),
        shard_(ShardId{0}, reactor_) {
    CHECK(run<Result<>>(disk_.make_directory("/journal")));
    open();
  }
  ~StateLogTest() override {
    log_->detach();
    (void)run<bool>(close(journal_.get()));
  }

  void open() {
    log_ = std::make_unique<JournalStateLog>(shard_);
    auto opened = run<Result<std::unique_ptr<journal::Journal>>>(journal::Journal::open(
        reactor_, disk_, {.directory = "/journal", .shard = ShardId{0}, .chunk_bytes = MiB},
        entries_));
    CHECK(opened);
    journal_ = std::move(*opened);
    log_->attach(*journal_, journal_->ensure(state_log_id(ShardId{0}, StateLogNumber::catalog)));
  }

  template <typename T>
  static Task<void> keep(Task<T> task, std::optional<T>* result) {
    const Task<T> owned = std::move(task);
    result->emplace(co_await owned);
  }
  template <typename T>
  T run(Task<T> task) {
    std::optional<T> result;
    shard_.gate().spawn(keep(std::move(task), &result));
    CHECK(world_.run_until([&] { return result.has_value(); }));
    return std::move(*result);
  }
  static Task<bool> close(journal::Journal* journal) {
    co_await journal->close();
    co_return true;
  }
  Result<> commit(const std::string& entry) {
    const ByteView bytes = as_bytes(entry);
    return run<Result<>>(log_->commit({bytes.begin(), bytes.end()},
                                      [this, entry] { entries_.entries.push_back(entry); }, {}));
  }

  io::SimWorld world_;
  io::SimStorage storage_;
  io::SimReactor reactor_;
  io::SimDisk disk_;
  runtime::Shard shard_;
  Entries entries_;
  std::unique_ptr<JournalStateLog> log_;
  std::unique_ptr<journal::Journal> journal_;
};

TEST_F(StateLogTest, AppliesInOrderAndReplays) {
  ASSERT_TRUE(commit("a"));
  ASSERT_TRUE(commit("b"));
  EXPECT_EQ(entries_.entries, (std::vector<std::string>{"a", "b"}));
  log_->detach();
  (void)run<bool>(close(journal_.get()));
  entries_.entries.clear();
  open();
  ASSERT_TRUE(commit("c"));
  EXPECT_EQ(entries_.entries, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(StateLogTest, DropsWhatCouldNotBeCommitted) {
  storage_.faults().capacity_bytes = 0;
  std::size_t committed = 0;
  Result<> last;
  while ((last = commit("x"))) ASSERT_LT(++committed, 100'000U);
  EXPECT_EQ(last.error().code(), ErrorCode::no_space);
  EXPECT_EQ(entries_.entries.size(), committed);
}

TEST_F(StateLogTest, IsClosedWhenDetached) {
  log_->detach();
  EXPECT_EQ(commit("a").error().code(), ErrorCode::closed);
  EXPECT_TRUE(entries_.entries.empty());
}

TEST_F(StateLogTest, RefusesAnEntryThatIsTooLarge) {
  EXPECT_EQ(commit(std::string(MiB, 'x')).error().code(), ErrorCode::too_large);
  EXPECT_TRUE(entries_.entries.empty());
}

TEST_F(StateLogTest, ReservesProducerIdsBeforeTheyAreGivenOut) {
  ProducerIds ids(reactor_, *log_);
  for (std::int64_t n = 0; n < ProducerIds::block_size + 1; ++n) {
    EXPECT_EQ(*run<Result<ProducerId>>(ids.next()), ProducerId(n));
  }
  ProducerIds after(reactor_, *log_);
  ASSERT_TRUE(after.restore(ids.save()));
  EXPECT_EQ(*run<Result<ProducerId>>(after.next()), ProducerId(2 * ProducerIds::block_size));
  const auto old = ids.save();
  ASSERT_TRUE(after.replay(after.save()));
  EXPECT_EQ(after.restore(old).error().code(), ErrorCode::corrupt);
  EXPECT_EQ(after.restore(ByteView(old).first(3)).error().code(), ErrorCode::corrupt);
}

TEST_F(StateLogTest, GivesNoProducerIdThatItCouldNotReserve) {
  ProducerIds ids(reactor_, *log_);
  log_->detach();
  EXPECT_EQ(run<Result<ProducerId>>(ids.next()).error().code(), ErrorCode::closed);
}

}  // namespace
}  // namespace koine::core
