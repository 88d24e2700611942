// Scanner: reads a chunk's entries in order, and decides what a place that is not an entry means.
//
//   end        nothing that was durable follows: the chunk ends here (zeros), or its tail is torn
//   damage     a later entry proves that this place was durable once; scanning goes on behind it
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "io/disk.h"
#include "journal/block_cache.h"
#include "journal/entry.h"

namespace koine::journal {

struct Scanned {
  enum class Kind : std::uint8_t { entry, damage, end };
  Kind kind = Kind::end;
  std::uint32_t position = 0;
  std::uint32_t size = 0;         // of the entry with its padding, of the damage
  EntryHeader header;             // of an entry
  ByteView body;                  // of an entry; until the next call
  std::vector<EntryTarget> also;  // of an entry: its further targets
  bool torn = false;              // end: bytes that are not zero lie behind it
};

class Scanner {
 public:
  Scanner(io::File& file, std::uint64_t file_size, std::uint64_t chunk_sequence,
          std::uint32_t position);

  Task<Result<Scanned>> next();

 private:
  // Bytes from `position`, at least `size` of them unless the file ends.
  Task<Result<ByteView>> window(std::uint64_t position, std::size_t size);
  // The entry at `position`, if a good one is there; its header's length is what a window must hold.
  Task<Result<std::optional<EntryHeader>>> entry_at(std::uint64_t position);
  // Where in `bytes` the next place is that could be an entry's header; their size, nearly, if there is none.
  std::size_t find_candidate(ByteView bytes, bool& all_zero) const;
  Task<Result<Scanned>> explain(std::uint32_t position);

  io::File& file_;
  std::uint64_t file_size_;
  std::uint32_t chunk_;
  std::uint32_t position_;
  std::uint64_t epoch_ = 0;  // of the last entry
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_position_ = 0;
};

}  // namespace koine::journal
