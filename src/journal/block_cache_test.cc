#include "journal/block_cache.h"

#include <gtest/gtest.h>

#include <vector>

namespace koine::journal {
namespace {

using Blocks = std::vector<std::shared_ptr<Block>>;

TEST(BlockCache, CountsBlocksFromTheirMakingOn) {
  BlockCache cache(4 * block_size);
  Blocks loading;
  for (int n = 0; n < 4; ++n) loading.push_back(cache.try_make_block());
  EXPECT_EQ(cache.bytes(), 4 * block_size);
  EXPECT_EQ(cache.try_make_block(), nullptr);
  loading.pop_back();
  EXPECT_EQ(cache.bytes(), 3 * block_size);
  EXPECT_NE(cache.try_make_block(), nullptr);
}

TEST(BlockCache, CountsBlocksThatOnlyAReaderHolds) {
  BlockCache cache(2 * block_size);
  cache.insert({.chunk = 1, .index = 0}, cache.make_block());
  Bytes slice = Block::slice(cache.find({.chunk = 1, .index = 0}), 8, 8);
  cache.erase({.chunk = 1, .index = 0});
  EXPECT_EQ(cache.bytes(), block_size);
  slice = {};
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(BlockCache, GivesUpTheLeastRecentlyUsed) {
  BlockCache cache(2 * block_size);
  for (std::uint32_t n = 0; n < 2; ++n)
    cache.insert({.chunk = 1, .index = n}, cache.try_make_block());
  EXPECT_NE(cache.find({.chunk = 1, .index = 0}), nullptr);
  cache.insert({.chunk = 1, .index = 2}, cache.try_make_block());
  EXPECT_TRUE(cache.contains({.chunk = 1, .index = 0}));
  EXPECT_FALSE(cache.contains({.chunk = 1, .index = 1}));
  EXPECT_EQ(cache.bytes(), 2 * block_size);
}

TEST(BlockCache, KeepsBlocksThatAreInUse) {
  BlockCache cache(2 * block_size);
  const auto used = cache.make_block();
  cache.insert({.chunk = 1, .index = 0}, used);
  for (std::uint32_t n = 1; n < 8; ++n) cache.insert({.chunk = 1, .index = n}, cache.make_block());
  EXPECT_EQ(cache.find({.chunk = 1, .index = 0}), used);
  EXPECT_EQ(cache.bytes(), 2 * block_size);
}

TEST(BlockCache, FindsTheOneThatIsNotInUseBehindAnyNumberThatAre) {
  constexpr std::uint32_t count = 200;
  BlockCache cache(count * block_size);
  Blocks used;
  for (std::uint32_t n = 0; n < count; ++n) {
    used.push_back(cache.try_make_block());
    cache.insert({.chunk = 1, .index = n}, used.back());
  }
  EXPECT_EQ(cache.try_make_block(), nullptr);
  used[count - 1].reset();
  EXPECT_NE(cache.try_make_block(), nullptr);
  EXPECT_FALSE(cache.contains({.chunk = 1, .index = count - 1}));
}

TEST(BlockCache, TheTailGoesBeyondTheBudgetAndComesBack) {
  BlockCache cache(2 * block_size);
  Blocks tail;
  for (std::uint32_t n = 0; n < 5; ++n) {
    tail.push_back(cache.make_block());
    cache.insert({.chunk = 1, .index = n}, tail.back());
  }
  EXPECT_EQ(cache.bytes(), 5 * block_size);
  EXPECT_EQ(cache.try_make_block(), nullptr);
  tail.clear();
  cache.shrink();
  EXPECT_EQ(cache.bytes(), 2 * block_size);
  EXPECT_TRUE(cache.contains({.chunk = 1, .index = 4}));
  EXPECT_FALSE(cache.contains({.chunk = 1, .index = 0}));
}

TEST(BlockCache, BlocksMayOutliveIt) {
  auto cache = std::make_unique<BlockCache>(2 * block_size);
  cache->insert({.chunk = 1, .index = 0}, cache->make_block());
  const Bytes slice = Block::slice(cache->find({.chunk = 1, .index = 0}), 0, block_size);
  cache.reset();
  EXPECT_EQ(slice.size(), block_size);
}

TEST(BlockCache, GivesUpWhatNobodyHoldsWhenItIsNotUsed) {
  BlockCache cache(4 * block_size);
  const auto held = cache.make_block();
  cache.insert({.chunk = 1, .index = 0}, held);
  cache.insert({.chunk = 1, .index = 1}, cache.make_block());
  cache.insert({.chunk = 1, .index = 2}, cache.make_block());
  EXPECT_FALSE(cache.give_up_unused());
  EXPECT_NE(cache.find({.chunk = 1, .index = 2}), nullptr);
  EXPECT_FALSE(cache.give_up_unused());
  EXPECT_EQ(cache.bytes(), 3 * block_size);
  EXPECT_TRUE(cache.give_up_unused());
  EXPECT_EQ(cache.bytes(), block_size);
  EXPECT_EQ(cache.find({.chunk = 1, .index = 0}), held);
}

}  // namespace
}  // namespace koine::journal
