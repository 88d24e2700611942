// BlockCache: the memory of a shard's journal. Blocks are aligned pieces of chunk files; those being written (the tail)
// and those read back share one budget, and are handed to readers without being copied.
//
// Least recently used first, blocks that nobody holds are given up when a new one is needed; their memory is used
// again, so that a busy server does not fault in new pages. One shard owns the cache; slices of blocks may be
// dropped on any thread.
//
// The bound: bytes() counts every block that the cache made and that lives, also one that is being filled or that only
// a reader holds any more. Loads keep to the budget (try_make_block), however many there are. The tail cannot wait
// (make_block): it goes beyond the budget when every block is held, and by no more than its own blocks, which are
//
//   uncommitted_bytes_max (at most half of the budget), one append (at most append_bytes_max) or one seal, and a block
//
// plus those of them that readers still hold after their commit. What is beyond is given up at the next commit or load
// after it was let go. So readers hold a block for a turn of their event loop, and never while they wait for another.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include "base/bytes.h"
#include "base/units.h"

namespace koine::journal {

// Large enough to make a cold read cheap per byte, small enough that a few readers at random places fit in
// the smallest budget.
inline constexpr std::uint32_t block_size = 512 * KiB;

// How many blocks a cache made that live; blocks may outlive their cache, and die on any thread.
using BlockCount = std::shared_ptr<std::atomic<std::size_t>>;

class Block {
 public:
  // Counts nowhere if there is no count: memory for one direct write or read.
  explicit Block(BlockCount living = nullptr);
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block();

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  // A slice that keeps the block.
  static Bytes slice(const std::shared_ptr<Block>& block, std::size_t offset, std::size_t size);

 private:
  std::byte* data_;  // block_size bytes, aligned for direct I/O
  BlockCount living_;
};

struct BlockKey {
  std::uint64_t chunk = 0;  // its sequence number
  std::uint32_t index = 0;  // position in the file / block_size
  bool operator==(const BlockKey&) const = default;
};

struct BlockKeyHash {
  std::size_t operator()(const BlockKey& key) const noexcept {
    return std::hash<std::uint64_t>()(key.chunk * 0x9E3779B97F4A7C15ULL + key.index);
  }
};

class BlockCache {
 public:
  explicit BlockCache(std::size_t budget_bytes) : budget_(budget_bytes / block_size) {}

  std::shared_ptr<Block> find(BlockKey key);
  bool contains(BlockKey key) const { return entries_.contains(key); }

  // A block with any content, not in the cache yet: fill it, then insert it. Makes room first. Null: the budget is
  // used up by blocks that somebody holds.
  std::shared_ptr<Block> try_make_block();
  // The same for the tail, which gets one in any case.
  std::shared_ptr<Block> make_block();
  // Replaces what is there.
  void insert(BlockKey key, std::shared_ptr<Block> block);
  void erase(BlockKey key);
  // Gives up what is beyond the budget and not held any more.
  void shrink();
  // Gives up all that nobody holds, if no block was made or found since the last call. False: some was.
  bool give_up_unused();

  std::size_t bytes() const { return living() * block_size; }
  std::size_t budget_blocks() const { return budget_; }

 private:
  struct Entry {
    BlockKey key;
    std::shared_ptr<Block> block;
  };
  // The memory of the least recently used block that only the cache holds, or null.
  std::shared_ptr<Block> evict();

  std::size_t living() const { return living_->load(std::memory_order_relaxed); }

  std::size_t budget_;  // blocks
  BlockCount living_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::list<Entry> by_use_;  // most recent first
  bool is_used_ = false;     // since the last give_up_unused()
  std::unordered_map<BlockKey, std::list<Entry>::iterator, BlockKeyHash> entries_;
};

}  // namespace koine::journal
