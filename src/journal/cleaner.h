// Cleaner: copies the little that is still needed of old sealed chunks into a new one, so that one record that nobody
// acknowledges pins its own bytes and not a whole file.
//
//   chunk 3  [. . a . . .]
//   chunk 4  [. b . . . .]   ->   cleaned chunk  [a a b b]   by log, then by offset; sealed, never replayed
//   chunk 7  [. . . a b .]
//
// It looks after every checkpoint. Entries below a log's start are not needed, nor are those of which the log's observer
// needs no record: the copy has holes there. A chunk is sparse when the share of its records that is needed fell below
// Options::clean_below_live_share, and it is cleaned if it still is one checkpoint later: what is about to die of
// its logs' retention is not copied before. Small chunks in good number are put together in the same way. A cleaned chunk is
// not sparse again before half of what was needed then is not needed any more: an entry with one needed record is
// copied whole.
//
// One chunk is written at a time, at a limited rate, beside the open one; appends never wait for it. Only when the new
// chunk is durable do the logs' extents point there, all in one turn. The old ones stay until no checkpoint that is
// kept knows them. A crash before that: opening deletes cleaned chunks that its checkpoint does not know.
//
// An entry of several logs is copied for each that needs it: chunks of which much is shared count as larger than their
// files, and are not put together with others.
//
// Entries are read by themselves and not in blocks through the cache, because between them lies what nobody needs;
// each is verified by its own checksum. A chunk with a damaged one is left alone.
//
// Part of ShardJournal, and so on its shard.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "journal/cleaned_writer.h"
#include "journal/shard_journal.h"

namespace koine::journal {

class Cleaner {
 public:
  explicit Cleaner(ShardJournal& journal) : journal_(journal) {}

  // Until the journal closes.
  Task<void> run();

 private:
  // Neighbours among a log's extents, and what they become.
  struct Move {
    LogId log;
    std::vector<Extent> from;
    std::vector<IndexItem> items;  // in the new chunk
  };
  struct Candidate {
    std::shared_ptr<Chunk> chunk;
    std::uint64_t live_bytes = 0;  // about
    std::uint64_t needed_records = 0;
  };

  // False: there is nothing to clean now.
  Task<Result<bool>> clean_once();

  // Sealed chunks that could be cleaned, with what is needed of them.
  std::vector<Candidate> candidates() const;
  bool is_sparse(const Candidate& candidate) const;
  // Those that go into one new chunk now; none, mostly.
  std::vector<std::shared_ptr<Chunk>> choose();
  std::vector<Move> plan(const std::vector<std::shared_ptr<Chunk>>& chunks) const;

  // Fills the moves' items, until the new chunk is full; moves and extents that did not fit are taken from the list.
  Task<Result<>> copy(std::vector<Move>& moves, CleanedWriter& writer);
  Task<Result<>> copy_extent(Move& move, Extent extent, CleanedWriter& writer);
  // Of the entries with a needed record; none if the log is gone.
  Task<Result<std::vector<IndexItem>>> live_items(LogId id, Extent extent, Offset start);
  // Remembers that the chunk can't be read; gives the error.
  std::unexpected<Error> leave_alone(const Chunk& chunk, Error error);
  // Waits when it is time to. Errors: closed.
  Task<Result<>> keep_pace(std::uint64_t bytes);
  void swap(const std::vector<Move>& moves, const std::shared_ptr<Chunk>& chunk);

  ShardJournal& journal_;
  std::uint32_t begun_ = 0;  // new chunks in this opening
  // By sequence number: the number of the next checkpoint when the chunk was first found sparse or small.
  std::map<std::uint64_t, std::uint64_t> noticed_at_;
  std::uint64_t quiet_until_ = 0;  // nothing to be done before the next checkpoint has this number
  std::set<std::uint64_t> damaged_;
  std::uint64_t bytes_since_pause_ = 0;
};

}  // namespace koine::journal
