// IndexCursor: reads the index items that a sealed chunk holds of one log, through the block cache. It holds the block
// that it read last: its owner waits for nothing else while it has one.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/task.h"
#include "journal/block_reader.h"
#include "journal/log.h"

namespace koine::journal {

class IndexCursor {
 public:
  IndexCursor(BlockReader& reader, Extent extent) : reader_(reader), extent_(std::move(extent)) {}

  std::uint32_t count() const { return extent_.index_count; }

  // Item n, below count().
  Task<Result<IndexItem>> at(std::uint32_t n);

  // The first item that holds a record at or after the offset; count() if there is none.
  Task<Result<std::uint32_t>> first_ending_after(Offset offset);

 private:
  BlockReader& reader_;
  Extent extent_;
  BlockPtr block_;  // the one read last
  std::uint32_t block_index_ = 0;
};

}  // namespace koine::journal
