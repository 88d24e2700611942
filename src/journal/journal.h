// Journal: the one durable thing. One append-only sequence of chunks per shard, shared by every log on the shard, so
// that one write and one sync make the work of thousands of logs durable at once.
//
//   append(entries)  copies them into the tail, assigns offsets            same turn, in order
//   commit loop      writes the tail and syncs it, one commit at a time    writer thread
//   Commit::done     the outcome, for everybody whose entry was in it      back on the shard
//
// Appends that arrive while a commit is in flight form the next one. A chunk that is full is sealed with an index and
// followed by a new one, whose start is also where the next checkpoint stands. See README.md for the files.
//
// Errors: append gives no_space while the disk is full (it tries again by itself), io_error after the disk failed: the
// journal is then broken until the process starts again, and Options::on_broken was told.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "base/units.h"
#include "io/disk.h"
#include "io/reactor.h"
#include "journal/log.h"

namespace koine::journal {

// disk: an append is acknowledged after the fdatasync that covers it. os: after the write (survives kill -9, not a
// power cut); chosen by name, shown in status and benchmarks.
enum class Durability : std::uint8_t { disk, os };

// What one append may take, its heads included: a quarter of a chunk for what is stored, and something for what comes with it.
constexpr std::uint64_t append_bytes_max(std::uint64_t chunk_bytes) {
  return chunk_bytes / 4 + 256 * KiB;
}

struct Options {
  std::string directory;  // is made; the one above it exists
  ShardId shard;
  Durability durability = Durability::disk;
  std::uint64_t chunk_bytes = 64 * MiB;          // 1 MiB to 1 GiB
  std::size_t cache_bytes = 128 * MiB;           // tail and cold blocks together; at least 4 MiB
  std::size_t uncommitted_bytes_max = 32 * MiB;  // appends wait above it
  // The share of live bytes below which a sealed chunk's rest is copied forward, 0 to 1; 0: never.
  double clean_below_live_share = 0.3;
  // Called once, on the shard, when the disk failed in a way that can't be continued from.
  std::function<void(const Error&)> on_broken;
  // Sentences for the operator: what was cut, set aside or missing. Null: dropped.
  std::function<void(const std::string&)> on_notice;
};

// A piece of an entry's body, with its checksum if it is known already (see crc32c_combine).
struct Part {
  ByteView bytes;
  std::optional<std::uint32_t> crc;
};

// One entry to append. All memory is copied during the call.
struct Append {
  Log* log = nullptr;
  std::uint32_t record_count = 0;  // offsets that it takes in each of its logs; at least 1
  WallTimeMs timestamp_max = 0;
  std::span<const Part> body;
  // Logs that get the same records, each at its own next offset. The body is stored once.
  std::span<Log* const> also;
};

// Logs of one entry.
inline constexpr std::size_t entry_targets_max = 65'535;

// A commit under way; shared by all whose entries are in it.
class Commit;

// Resumes when the commit ended: with its outcome. Awaitable any number of times.
Task<Result<>> done(std::shared_ptr<Commit> commit);

// Where an entry's body is, and what it spans. Keeps its chunk's file readable also when it is deleted meanwhile.
struct EntryRef {
  std::shared_ptr<Chunk> chunk;
  IndexItem item;
};

// An entry found by replay after the last checkpoint, or handed back while opening; once for each of its logs. The body view
// ends with the call.
struct ReplayedEntry {
  LogId log;
  Offset base_offset;
  std::uint32_t record_count = 0;
  WallTimeMs timestamp_max = 0;
  ByteView body;
};

// What the owners of logs keep in memory and get back when the journal opens: first the checkpoint's sections, then
// every later entry in order. Called while opening, and (save) at checkpoints; on the shard.
class StateOwner {
 public:
  StateOwner() = default;
  StateOwner(const StateOwner&) = delete;
  StateOwner& operator=(const StateOwner&) = delete;
  virtual ~StateOwner() = default;

  // The state as of now, when nothing is uncommitted. Quick: the shard waits.
  virtual std::vector<std::byte> save() = 0;
  // ErrorCode::corrupt stops the opening.
  virtual Result<> restore(ByteView saved) = 0;
  virtual Result<> replay(const ReplayedEntry& entry) = 0;
};

struct Statistics {
  std::uint64_t commits = 0;
  std::uint64_t committed_bytes = 0;
  std::uint64_t syncs = 0;
  std::uint64_t chunks = 0;
  std::uint64_t disk_bytes = 0;
  std::uint64_t live_bytes =
      0;  // bodies in sealed chunks, for each of their logs; an extent counts whole until it is given up or cleaned
  std::uint64_t cache_bytes = 0;
  std::uint64_t cache_hits = 0;
  std::uint64_t cache_misses = 0;
  std::uint64_t replayed_entries = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t cleaned_chunks = 0;  // left empty by the cleaner
  std::uint64_t cleaned_bytes = 0;   // of entries, copied by it
};

class Journal {
 public:
  // Recovers what is in the directory (or starts empty). Logs found there exist afterwards.
  // Errors: corrupt (no checkpoint can be read although there are chunks that need one), io_error, unsupported (a newer
  // format).
  static Task<Result<std::unique_ptr<Journal>>> open(io::Reactor& reactor, io::Disk& disk,
                                                     Options options, StateOwner& owner);
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  // Commits what was appended, writes a checkpoint, and ends the background work. Call before destruction.
  virtual Task<void> close() = 0;

  // The log of that id, or null.
  virtual Log* find(LogId id) = 0;
  // The log of that id, created empty if it does not exist. It becomes durable with its first entry.
  virtual Log& ensure(LogId id) = 0;
  virtual std::vector<LogId> logs() const = 0;

  // Returns when an append may follow in the same turn: waits while too much is uncommitted or the chunk is being
  // changed. Served in the order of asking.
  virtual Task<Result<>> room() = 0;

  // After room(), in the same turn: all entries or none, also after a crash. They get offsets from next_offset() of their
  // logs on. Errors: too_large (over append_bytes_max, or entry_targets_max), no_space, io_error.
  virtual Result<std::shared_ptr<Commit>> append(std::span<const Append> entries) = 0;

  // Gives up the records of the log below `start` (at most committed_offset; lower than now: no change). Durable
  // when the commit is. Needs room() like append.
  virtual Result<std::shared_ptr<Commit>> trim(Log& log, Offset start) = 0;
  // The log is gone, with its entries; the reference is invalid afterwards. Needs room().
  virtual Result<std::shared_ptr<Commit>> drop(Log& log) = 0;

  // The entries that hold [from, ...) below the committed offset, beginning with the one that contains `from` (or the
  // next one if there is a gap), until their bodies sum up to bytes_max; at least one if there is any.
  // Errors: out_of_range (below start or above committed), corrupt (the first one is damaged: says log, chunk, offset).
  virtual Task<Result<std::vector<EntryRef>>> find_entries(LogId log, Offset from,
                                                           std::size_t bytes_max) = 0;

  // The first entry at or after start whose timestamp_max is at least `timestamp`, if any.
  virtual Task<Result<std::optional<EntryRef>>> find_by_time(LogId log, WallTimeMs timestamp) = 0;

  // Bytes of an entry's body from `offset_in_body` to the end of the body or of the cache block, whichever comes first;
  // shares the block. `cached` does not wait and gives nothing if the block has to be read. The caller drops what it got
  // before it waits for more: loads wait until a block of the cache is not held (block_cache.h).
  virtual std::optional<Bytes> cached(const EntryRef& entry, std::uint32_t offset_in_body) = 0;
  virtual Task<Result<Bytes>> load(EntryRef entry, std::uint32_t offset_in_body) = 0;

  // Writes a checkpoint now (it is otherwise written when a chunk is sealed).
  virtual Task<Result<>> checkpoint() = 0;

  virtual Statistics statistics() const = 0;
};

// The whole body in one piece: shared if it lies in one block, else copied. Drop or copy it before waiting for more.
Task<Result<Bytes>> load_whole(Journal& journal, EntryRef entry);

}  // namespace koine::journal
