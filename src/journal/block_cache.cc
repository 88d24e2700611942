#include "journal/block_cache.h"

#include <atomic>
#include <cstdlib>

#include "base/check.h"
#include "io/disk.h"

namespace koine::journal {
namespace {

// How many blocks in use an eviction passes over before it gives up and lets the cache grow.
constexpr int eviction_steps_max = 64;

// What concurrent loads give back, kept for the next ones: fresh memory would be faulted in page by page.
constexpr std::size_t spare_blocks_max = 8;

}  // namespace

Block::Block()
    : data_(static_cast<std::byte*>(std::aligned_alloc(io::direct_alignment, block_size))) {
  CHECK(data_ != nullptr);
}

Block::~Block() { std::free(data_); }

Bytes Block::slice(const std::shared_ptr<Block>& block, std::size_t offset, std::size_t size) {
  return {std::shared_ptr<const std::byte[]>(block, block->data()), offset, size};
}

std::shared_ptr<Block> BlockCache::find(BlockKey key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return found->second->block;
}

std::shared_ptr<Block> BlockCache::evict() {
  auto candidate = by_use_.end();
  for (int step = 0; step < eviction_steps_max && candidate != by_use_.begin(); ++step) {
    --candidate;
    if (candidate->block.use_count() != 1) continue;
    // Pairs with the release of the last reader's reference on another thread.
    std::atomic_thread_fence(std::memory_order_acquire);
    std::shared_ptr<Block> block = std::move(candidate->block);
    entries_.erase(candidate->key);
    by_use_.erase(candidate);
    return block;
  }
  return nullptr;
}

std::shared_ptr<Block> BlockCache::make_block() {
  if (!spare_.empty()) {
    auto block = std::move(spare_.back());
    spare_.pop_back();
    return block;
  }
  if (bytes() + block_size > budget_bytes_) {
    if (auto block = evict()) return block;
  }
  return std::make_shared<Block>();
}

void BlockCache::insert(BlockKey key, std::shared_ptr<Block> block) {
  erase(key);
  by_use_.push_front({key, std::move(block)});
  entries_.emplace(key, by_use_.begin());
  // Several may have been made before the first of them came in.
  while (bytes() > budget_bytes_) {
    auto evicted = evict();
    if (!evicted) break;
    if (spare_.size() < spare_blocks_max) spare_.push_back(std::move(evicted));
  }
}

void BlockCache::erase(BlockKey key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  by_use_.erase(found->second);
  entries_.erase(found);
}

}  // namespace koine::journal
