// EntryWindow: reads single entries that a sealed chunk holds of one log, those that lie close to each other with one read.
// Around the cache: for readers that pass by once.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "journal/block_reader.h"
#include "journal/entry.h"

namespace koine::journal {

class EntryWindow {
 public:
  EntryWindow(BlockReader& reader, std::shared_ptr<Chunk> chunk, LogId log)
      : reader_(reader), chunk_(std::move(chunk)), log_(log) {}

  struct Entry {
    EntryHeader header;  // as if the entry were of this log only
    ByteView body;       // until the next call
  };
  // The entry of items[n], and with it those behind it in the file that are near. Errors: corrupt (its checksum does not
  // hold, or it is not the one that the item tells of), io_error.
  Task<Result<Entry>> read(const std::vector<IndexItem>& items, std::size_t n);

  // What was read from the disk so far.
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  Task<Result<>> move_to(std::uint64_t from, std::uint64_t to);

  BlockReader& reader_;
  std::shared_ptr<Chunk> chunk_;
  LogId log_;
  std::vector<std::byte> bytes_;
  std::uint64_t position_ = 0;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace koine::journal
