// LogTable: all logs of a shard's journal, and every change to them. Kept apart from the Journal so that appending,
// replaying and checkpoints change logs through the same few functions.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/fields.h"
#include "base/result.h"
#include "journal/chunk.h"
#include "journal/log.h"

namespace koine::journal {

// Chunks by sequence number, sealed ones and the open one.
using ChunkMap = std::map<std::uint64_t, std::shared_ptr<Chunk>>;

class LogTable {
 public:
  Log* find(LogId id);
  Log& ensure(LogId id);
  std::vector<LogId> ids() const;

  // The log gets an entry in the open chunk at its next offset.
  void append(Log& log, IndexItem item);
  // What append assigned below `up_to` can be read.
  void commit(Log& log, Offset up_to);
  // Takes back what is not committed.
  void roll_back(Log& log);
  // Replay: the next entry begins at this offset, above next_offset if entries before it were lost.
  void skip_to(Log& log, Offset next);
  void trim(Log& log, Offset start);
  void drop(LogId id);

  // Index items of all logs in the open chunk, grouped by log, base_offset ascending; the bytes of the footer.
  std::vector<std::byte> encode_open_index() const;
  // The same items become extents of the sealed chunk, whose index is at `index_position`.
  void seal_open(const std::shared_ptr<Chunk>& chunk, std::uint32_t index_position);

  // Neighbours among the log's extents give way to one with the same entries in another chunk. Those that were trimmed
  // meanwhile are not missed. False: none of them is left, and nothing was changed.
  bool replace(LogId id, std::span<const Extent> old, const Extent& replacement);

  // At a checkpoint: nothing in state logs is needed any more.
  void forget_state_entries();
  // Gives up the extents of which nothing is needed. Their chunks stay until no checkpoint below this number is kept.
  void forget_unneeded(std::uint64_t checkpoint);

  void save(FieldWriter& writer) const;
  Result<> restore(FieldReader& reader, const ChunkMap& chunks);

 private:
  std::vector<Log*> logs_with_open_items() const;
  static void release(const Extent& extent);

  std::unordered_map<LogId, std::unique_ptr<Log>> logs_;
};

}  // namespace koine::journal
