// How many blocks readers may have at once, and what waits when there are no more.
#include "journal/block_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_storage.h"
#include "io/sim/sim_world.h"
#include "runtime/gate.h"
#include "runtime/run.h"

namespace koine::journal {
namespace {

constexpr std::uint32_t file_blocks = 40;
constexpr std::size_t budget_blocks = 8;

class BlockReaderTest : public testing::Test {
 protected:
  void SetUp() override { runtime::run_until_done(reactor_, write_file()); }
  void TearDown() override {
    held_.clear();
    if (!closed_) runtime::run_until_done(reactor_, reader_.close());
    runtime::run_until_done(reactor_, loads_.close());
  }

  // Block n begins with the byte n.
  Task<void> write_file() {
    CHECK(co_await disk_.make_directory("/data"));
    const auto file =
        *co_await disk_.open(chunk_->path(), io::OpenMode::create, io::Caching::direct);
    Block block;
    for (std::uint32_t n = 0; n < file_blocks; ++n) {
      std::fill_n(block.data(), block_size, static_cast<std::byte>(n));
      std::vector<ByteView> parts{ByteView(block.data(), block_size)};
      CHECK(co_await file->write(std::uint64_t{n} * block_size, std::move(parts)));
    }
  }

  enum class Then : std::uint8_t { drop, hold };
  void load(std::uint32_t index, Then then = Then::drop) { loads_.spawn(load_task(index, then)); }
  Task<void> load_task(std::uint32_t index, Then then) {
    auto block = co_await reader_.load(chunk_, index);
    if (!block) {
      errors_.push_back(block.error().code());
      co_return;
    }
    EXPECT_EQ(*(*block)->data(), static_cast<std::byte>(index));
    loaded_.push_back(index);
    if (then == Then::hold) held_.push_back(std::move(*block));
  }

  // Everything that can happen in a second; the cache is never beyond its budget.
  void run() {
    const MonotonicTime end = world_.now() + std::chrono::seconds(1);
    const io::TimerId timer = reactor_.call_at(end, [] {});
    world_.run_until([&] {
      EXPECT_LE(cache_.bytes(), budget_blocks * block_size);
      return world_.now() >= end;
    });
    reactor_.cancel(timer);
  }
  void hold_everything() {
    for (std::uint32_t n = 0; n < budget_blocks; ++n) load(n, Then::hold);
    run();
    ASSERT_EQ(held_.size(), budget_blocks);
  }

  io::SimWorld world_{1};
  io::SimStorage storage_{world_};
  io::SimReactor reactor_{world_};
  io::SimDisk disk_{storage_, reactor_};
  BlockCache cache_{budget_blocks * block_size};
  BlockReader reader_{reactor_, disk_, cache_, [](const std::string&) {}};
  std::shared_ptr<Chunk> chunk_ = std::make_shared<Chunk>(1, "/data/chunk");
  runtime::Gate loads_;
  std::vector<std::uint32_t> loaded_;
  std::vector<ErrorCode> errors_;
  std::vector<BlockPtr> held_;
  bool closed_ = false;
};

TEST_F(BlockReaderTest, ManyLoadsAtOnceTakeTurns) {
  for (std::uint32_t n = 0; n < file_blocks; ++n) load(n);
  // A quarter of the budget is under way.
  EXPECT_EQ(cache_.bytes(), budget_blocks / 4 * block_size);
  run();
  ASSERT_EQ(loaded_.size(), file_blocks);
  // In the order of asking, but for those that are under way together.
  for (std::uint32_t n = 0; n < file_blocks; ++n) {
    EXPECT_LE(std::max(n, loaded_[n]) - std::min(n, loaded_[n]), file_blocks / 4);
  }
}

TEST_F(BlockReaderTest, ABlockIsReadOnceForAllWhoAsk) {
  const auto before = storage_.operations();
  for (int n = 0; n < 10; ++n) load(3);
  run();
  EXPECT_EQ(loaded_.size(), 10U);
  EXPECT_EQ(cache_.bytes(), block_size);
  EXPECT_LE(storage_.operations() - before, 2U);  // opening the file, reading
}

TEST_F(BlockReaderTest, ReadingAheadTakesWhatIsFreeAndNeverWaits) {
  for (std::uint32_t n = 0; n < file_blocks; ++n) reader_.prefetch(chunk_, n);
  EXPECT_EQ(cache_.bytes(), budget_blocks / 4 * block_size);
  run();
  EXPECT_EQ(cache_.bytes(), budget_blocks / 4 * block_size);
  EXPECT_TRUE(cache_.contains({.chunk = 1, .index = 0}));
  EXPECT_FALSE(cache_.contains({.chunk = 1, .index = file_blocks - 1}));
}

TEST_F(BlockReaderTest, NothingIsReadAheadWhenEveryBlockIsHeld) {
  hold_everything();
  const auto before = storage_.operations();
  reader_.prefetch(chunk_, budget_blocks);
  run();
  EXPECT_EQ(storage_.operations(), before);
}

TEST_F(BlockReaderTest, ALoadWaitsUntilABlockIsLetGo) {
  hold_everything();
  load(budget_blocks);
  run();
  EXPECT_EQ(loaded_.size(), budget_blocks);
  held_.pop_back();
  run();
  EXPECT_EQ(loaded_.back(), budget_blocks);
}

TEST_F(BlockReaderTest, ClosingEndsTheLoadsThatWait) {
  hold_everything();
  for (std::uint32_t n = budget_blocks; n < file_blocks; ++n) load(n);
  run();
  runtime::run_until_done(reactor_, reader_.close());
  closed_ = true;
  run();
  EXPECT_EQ(errors_, std::vector(file_blocks - budget_blocks, ErrorCode::closed));
  load(file_blocks - 1);
  EXPECT_EQ(errors_.size(), file_blocks - budget_blocks + 1);
}

TEST_F(BlockReaderTest, APositionBehindTheEntriesIsDamage) {
  chunk_->footer = ChunkFooter{.table_position = 2 * block_size, .file_size = 2 * block_size};
  load(2);
  EXPECT_EQ(errors_, std::vector{ErrorCode::corrupt});
}

}  // namespace
}  // namespace koine::journal
