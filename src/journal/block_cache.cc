#include "journal/block_cache.h"

#include <cstdlib>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "io/disk.h"
#include "io/pages.h"

namespace koine::journal {

Block::Block(BlockCount living)
    : data_(static_cast<std::byte*>(std::aligned_alloc(io::direct_alignment, block_size))),
      living_(std::move(living)) {
  CHECK(data_ != nullptr);
  if (living_) living_->fetch_add(1, std::memory_order_relaxed);
}

Block::~Block() {
  io::give_back_pages({data_, block_size});
  std::free(data_);
  if (living_) living_->fetch_sub(1, std::memory_order_relaxed);
}

Bytes Block::slice(const std::shared_ptr<Block>& block, std::size_t offset, std::size_t size) {
  return {std::shared_ptr<const std::byte[]>(block, block->data()), offset, size};
}

std::shared_ptr<Block> BlockCache::find(BlockKey key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  is_used_ = true;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return found->second->block;
}

std::shared_ptr<Block> BlockCache::evict() {
  for (std::size_t left = by_use_.size(); left > 0; --left) {
    Entry& oldest = by_use_.back();
    if (oldest.block.use_count() != 1) {
      // In use now: not met again by the next evictions.
      by_use_.splice(by_use_.begin(), by_use_, std::prev(by_use_.end()));
      continue;
    }
    // Pairs with the release of the last reader's reference on another thread.
    std::atomic_thread_fence(std::memory_order_acquire);
    std::shared_ptr<Block> block = std::move(oldest.block);
    entries_.erase(oldest.key);
    by_use_.pop_back();
    return block;
  }
  return nullptr;
}

void BlockCache::shrink() {
  while (living() > budget_ && evict()) {
  }
}

bool BlockCache::give_up_unused() {
  if (std::exchange(is_used_, false)) return false;
  while (evict()) {
  }
  return true;
}

std::shared_ptr<Block> BlockCache::try_make_block() {
  is_used_ = true;
  shrink();
  if (living() < budget_) return std::make_shared<Block>(living_);
  return living() == budget_ ? evict() : nullptr;
}

std::shared_ptr<Block> BlockCache::make_block() {
  auto block = try_make_block();
  return block ? block : std::make_shared<Block>(living_);
}

void BlockCache::insert(BlockKey key, std::shared_ptr<Block> block) {
  erase(key);
  by_use_.push_front({key, std::move(block)});
  entries_.emplace(key, by_use_.begin());
}

void BlockCache::erase(BlockKey key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  by_use_.erase(found->second);
  entries_.erase(found);
}

}  // namespace koine::journal
