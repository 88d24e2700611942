// BlockCache: the memory of a shard's journal. Blocks are aligned pieces of chunk files; those being written (the tail)
// and those read back share one budget, and are handed to readers without being copied.
//
// Least recently used first, blocks that nobody reads are given up when a new one is needed; their memory is used
// again, so that a busy server does not fault in new pages. One shard owns the cache; slices of blocks may be
// dropped on any thread.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/units.h"

namespace koine::journal {

// Large enough to make a cold read cheap per byte, small enough that a few readers at random places fit in
// the smallest budget.
inline constexpr std::uint32_t block_size = 256 * KiB;

class Block {
 public:
  Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block();

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  // A slice that keeps the block.
  static Bytes slice(const std::shared_ptr<Block>& block, std::size_t offset, std::size_t size);

 private:
  std::byte* data_;  // block_size bytes, aligned for direct I/O
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
  explicit BlockCache(std::size_t budget_bytes) : budget_bytes_(budget_bytes) {}

  std::shared_ptr<Block> find(BlockKey key);
  bool contains(BlockKey key) const { return entries_.contains(key); }

  // A block with any content, not in the cache yet: fill it, then insert it. Makes room first.
  std::shared_ptr<Block> make_block();
  // Replaces what is there. Gives up others while they are too many.
  void insert(BlockKey key, std::shared_ptr<Block> block);
  void erase(BlockKey key);

  std::size_t bytes() const { return entries_.size() * block_size; }

 private:
  struct Entry {
    BlockKey key;
    std::shared_ptr<Block> block;
  };
  // The memory of the least recently used block that only the cache holds, or null.
  std::shared_ptr<Block> evict();

  std::size_t budget_bytes_;
  std::vector<std::shared_ptr<Block>> spare_;
  std::list<Entry> by_use_;  // most recent first
  std::unordered_map<BlockKey, std::list<Entry>::iterator, BlockKeyHash> entries_;
};

}  // namespace koine::journal
