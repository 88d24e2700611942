#include "journal/block_cache.h"

#include <gtest/gtest.h>

#include <vector>

namespace koine::journal {
namespace {

TEST(BlockCache, ComesBackToItsBudgetWhenSeveralBlocksWereMadeBeforeTheyCameIn) {
  BlockCache cache(4 * block_size);
  std::vector<std::shared_ptr<Block>> loading;
  for (int n = 0; n < 8; ++n) loading.push_back(cache.make_block());
  for (std::uint32_t n = 0; n < 8; ++n)
    cache.insert({.chunk = 1, .index = n}, std::move(loading[n]));
  EXPECT_EQ(cache.bytes(), 4 * block_size);
  EXPECT_TRUE(cache.contains({.chunk = 1, .index = 7}));
  EXPECT_FALSE(cache.contains({.chunk = 1, .index = 0}));
}

TEST(BlockCache, KeepsBlocksThatAreInUse) {
  BlockCache cache(2 * block_size);
  const auto used = cache.make_block();
  cache.insert({.chunk = 1, .index = 0}, used);
  for (std::uint32_t n = 1; n < 8; ++n) cache.insert({.chunk = 1, .index = n}, cache.make_block());
  EXPECT_EQ(cache.find({.chunk = 1, .index = 0}), used);
  EXPECT_EQ(cache.bytes(), 2 * block_size);
}

}  // namespace
}  // namespace koine::journal
