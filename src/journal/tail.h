// Tail: the end of the open chunk as it will be in the file, in blocks. Appends copy into it; commits write from it;
// readers of fresh entries share its blocks through the cache.
//
//        synced                          end
//   ......|===== not written yet =========|
//      [ block n         ][ block n+1          ]
//
// Writes are whole 4 KiB pages: the page around `synced` is written again with the same bytes before it. One shard.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "journal/block_cache.h"
#include "journal/chunk.h"

namespace koine::journal {

class Tail {
 public:
  explicit Tail(BlockCache& cache) : cache_(cache) {}

  // Begins at `position` of the chunk; `before` are the bytes of its block that lie before it.
  void start(std::shared_ptr<Chunk> chunk, std::uint32_t position, ByteView before);

  const std::shared_ptr<Chunk>& chunk() const { return chunk_; }
  std::uint32_t end() const { return end_; }

  void append(ByteView bytes);
  void pad_to(std::uint32_t alignment);

  // The pages that hold [from, to), zeros after `to`: where to write them, and what. Valid until release.
  struct Pages {
    std::uint32_t position = 0;
    std::vector<ByteView> parts;
  };
  Pages pages(std::uint32_t from, std::uint32_t to);

  // CRC-32C of the block that end() is in, up to end().
  std::uint32_t checksum_of_last_block();

  // What lies before `position` was written: its blocks are the cache's alone.
  void release(std::uint32_t position);
  // Takes back what was appended from `position` on.
  void truncate(std::uint32_t position);

 private:
  Block& block_at(std::uint32_t position) { return *blocks_[position / block_size - first_block_]; }
  void add_block();

  BlockCache& cache_;
  std::shared_ptr<Chunk> chunk_;
  std::deque<std::shared_ptr<Block>> blocks_;
  std::uint32_t first_block_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace koine::journal
