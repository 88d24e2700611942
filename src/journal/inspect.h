// Inspect: what is in the directory of a shard's journal, found by reading all of it, without opening it as a journal.
// Every checksum is verified: of headers, entries, blocks, indexes, tables and checkpoints.
//
// Never writes. Nobody else may write meanwhile: the caller holds the data directory's lock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "io/disk.h"
#include "journal/entry.h"
#include "journal/offset_ranges.h"

namespace koine::journal {

struct DamagedRange {
  std::uint32_t position = 0;
  std::uint32_t size = 0;
};

struct ChunkReport {
  std::string name;
  std::uint64_t sequence = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t entry_bytes = 0;  // good entries with their headers
  std::uint64_t entries = 0;      // good ones, of logs
  std::uint64_t logs = 0;
  bool is_sealed = false;
  bool has_torn_tail = false;  // after a crash, in the open chunk: no damage
  std::vector<DamagedRange> damaged;
  // Sentences about the header, the seal, the index and the blocks; empty: all hold.
  std::vector<std::string> problems;

  bool is_damaged() const { return !damaged.empty() || !problems.empty(); }
};

struct LogReport {
  std::uint64_t entries = 0;
  std::uint64_t body_bytes = 0;
  Offset start;         // below it everything was given up
  OffsetRange offsets;  // from start to its end
  // What is lost: it should be there, and no good entry of it was found. What nobody needed and was given up is not lost.
  OffsetRanges gaps;
  bool is_dropped = false;
};

struct CheckpointReport {
  std::string name;
  std::uint64_t first_chunk_to_replay = 0;
  std::string problem;  // empty: it holds
};

struct JournalReport {
  std::string directory;
  std::uint64_t journal = 0;          // its random number
  std::vector<std::string> problems;  // of the journal as a whole: identity, missing chunks
  std::vector<ChunkReport> chunks;
  std::vector<CheckpointReport> checkpoints;
  std::map<LogId, LogReport> logs;
  std::vector<std::string> other_files;  // set aside, or left by a crash; not read

  bool is_damaged() const;
};

// Told of every good entry, chunk by chunk in the order of the files. Data, trims and drops; the header only. Of an entry
// of several logs once for each, with its log and offset.
using EntryVisitor = std::function<void(const ChunkReport& chunk, std::uint32_t position,
                                        const EntryHeader& header)>;

// `visit` may be null. Errors: not_found (not a journal's directory), io_error; damage is no error but in the report.
Task<Result<JournalReport>> inspect(io::Disk& disk, std::string directory, EntryVisitor visit);

}  // namespace koine::journal
