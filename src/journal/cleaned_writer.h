// CleanedWriter: writes one cleaned chunk: entries one after another, then seal, index and checksum table, as chunk.h
// says. Only the cleaner uses it.
//
// The file has a temporary name until all of it is durable. So every entry in it may say that what lies below it
// was durable already: a scanner takes a bad place for damage, never for a torn tail. It is written through the page
// cache, whose writes have a thread of their own: they delay no commit.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "io/disk.h"
#include "journal/chunk.h"
#include "journal/entry.h"

namespace koine::journal {

class CleanedWriter {
 public:
  CleanedWriter(io::Disk& disk, std::string directory, ChunkIdentity identity, std::uint64_t epoch);

  // Creates the file.
  Task<Result<>> begin();

  // Where the next entry will be.
  std::uint32_t position() const { return position_; }

  // Appends an entry with the header's fields, whose place and epoch become those of this chunk. The memory of
  // `body` must stay until the task ends.
  Task<Result<>> add(EntryHeader header, ByteView body);

  // Seals, syncs and names the file. Its index is at footer->index_position.
  Task<Result<std::shared_ptr<Chunk>>> finish(std::vector<std::byte> index);

  // Removes the file, if it is still there.
  Task<void> abandon();

 private:
  std::string path() const { return directory_ + "/" + chunk_file_name(identity_.sequence); }
  std::string temporary_path() const { return path() + ".new"; }
  Task<Result<>> put(ByteView bytes);
  Task<Result<>> pad_to(std::uint32_t alignment);
  // What is in the block goes to the file.
  Task<Result<>> flush();

  io::Disk& disk_;
  std::string directory_;
  ChunkIdentity identity_;
  std::uint64_t epoch_;
  std::unique_ptr<io::File> file_;
  std::vector<std::byte> block_;  // the bytes from the last multiple of block_size on
  std::uint32_t position_ = 0;
  std::uint32_t synced_ = 0;
  std::vector<std::uint32_t> checksums_;
};

}  // namespace koine::journal
