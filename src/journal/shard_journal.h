// ShardJournal: the Journal on files. This header is the table of contents of its parts:
//
//   shard_journal_open.cc    opening, closing
//   recovery.cc              what is in the directory becomes logs, chunks and a tail
//   shard_journal_append.cc  room, append, trim, drop; the commit loop
//   shard_journal_roll.cc    sealing a full chunk, the next one, checkpoints, deleting dead chunks
//   cleaner.cc               copying the rest of sparse chunks forward
//   shard_journal_read.cc    finding and loading entries
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/block_cache.h"
#include "journal/block_reader.h"
#include "journal/checkpoint.h"
#include "journal/entry.h"
#include "journal/journal.h"
#include "journal/log_table.h"
#include "journal/tail.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::journal {

class Commit {
 public:
  explicit Commit(io::Reactor& reactor) : ended(reactor) {}

  // What happens to a log when the commit succeeds.
  struct Effect {
    enum class Kind : std::uint8_t { append, trim, drop };
    Kind kind = Kind::append;
    LogId log;
    Offset offset;  // append: the end of what was appended; trim: the new start
  };

  std::vector<Effect> effects;
  runtime::Signal ended;
  std::optional<Result<>> outcome;
};

class ShardJournal final : public Journal {
 public:
  ShardJournal(io::Reactor& reactor, io::Disk& disk, Options options, StateOwner& owner);
  ~ShardJournal() override;

  Task<Result<>> open();
  Task<void> close() override;

  Log* find(LogId id) override { return logs_.find(id); }
  Log& ensure(LogId id) override { return logs_.ensure(id); }
  std::vector<LogId> logs() const override { return logs_.ids(); }

  Task<Result<>> room() override;
  Result<std::shared_ptr<Commit>> append(std::span<const Append> entries) override;
  Result<std::shared_ptr<Commit>> trim(Log& log, Offset start) override;
  Result<std::shared_ptr<Commit>> drop(Log& log) override;

  Task<Result<std::vector<EntryRef>>> find_entries(LogId id, Offset from,
                                                   std::size_t bytes_max) override;
  Task<Result<std::optional<EntryRef>>> find_by_time(LogId id, WallTimeMs timestamp) override;
  std::optional<Bytes> cached(const EntryRef& entry, std::uint32_t offset_in_body) override;
  Task<Result<Bytes>> load(EntryRef entry, std::uint32_t offset_in_body) override;

  Task<Result<>> checkpoint() override;
  Statistics statistics() const override;

 private:
  friend class Cleaner;
  friend class Recovery;

  // Opening.
  Task<Result<>> open_identity();
  void continue_chunk(std::shared_ptr<Chunk> chunk, std::uint32_t position, ByteView before,
                      std::uint64_t file_size);

  // Appending.
  Result<> check_writable(std::size_t size) const;
  void write_entry(EntryHeader header, std::span<const Part> parts);
  void append_entry(const Append& entry, bool continues);
  // The base offset that the log gave it.
  Offset append_to(Log& log, const IndexItem& item);
  Result<std::shared_ptr<Commit>> append_control(EntryKind kind, Commit::Effect effect);
  std::uint32_t uncommitted_bytes() const { return tail_.end() - synced_; }
  bool has_room() const;
  // A sealed chunk takes nothing more, whatever happened to the next one.
  bool wants_roll() const {
    return roll_requested_ || tail_.end() >= options_.chunk_bytes ||
           tail_.chunk()->footer.has_value();
  }
  Task<void> run_commits();
  Task<void> commit_once();
  Task<Result<>> write_tail(std::uint32_t to);
  Task<void> fill_ahead();
  void finish(Commit& commit, Result<> outcome);
  void apply(const Commit::Effect& effect);
  void fail_uncommitted(const std::shared_ptr<Commit>& in_flight, const Error& error);
  void break_down(const Error& error);

  // Rolling.
  Task<void> roll_when_due();
  Task<Result<>> roll();
  Task<Result<>> prepare_next_chunk(std::uint64_t sequence);
  Task<Result<>> begin_next_chunk(std::uint64_t sequence);
  Task<void> prepare_ahead();
  Task<Result<>> seal();
  void write_seal(const ChunkFooter& footer, ByteView index);
  void capture_checkpoint();
  Task<void> write_checkpoint(std::uint64_t first_chunk, std::vector<std::byte> bytes);
  Task<void> delete_old_checkpoints();
  Task<void> reclaim_loop();
  Task<void> reclaim_dead_chunks();
  Task<void> clean_loop();
  // Neither replayed nor listed by a checkpoint that could still be loaded in place of the newest.
  bool is_behind_checkpoints(const Chunk& chunk) const;
  bool is_dead(const Chunk& chunk) const;

  // Reading.
  struct Found;
  void add_open_entries(const Log& log, Offset from, std::size_t bytes_max, Found& found) const;
  // False: there is more in the extent than was asked for.
  Task<Result<bool>> add_sealed_entries(Extent extent, Offset from, std::size_t bytes_max,
                                        Found& found);
  Task<Result<>> load_bodies(LogId log, std::vector<EntryRef>& entries);
  Task<Result<std::optional<EntryRef>>> find_by_time_in(Extent extent, Offset start,
                                                        WallTimeMs timestamp);

  // The cache's memory goes back when nothing was read or written for a while.
  void watch_for_idleness();
  void on_idle_timer();

  void notice(const std::string& sentence) const {
    if (options_.on_notice) options_.on_notice(sentence);
  }
  std::string path_of(std::string_view name) const {
    return options_.directory + "/" + std::string(name);
  }

  io::Reactor& reactor_;
  io::Disk& disk_;
  Options options_;
  StateOwner& owner_;

  Identity identity_;
  LogTable logs_;
  ChunkMap chunks_;  // sealed ones
  BlockCache cache_;
  BlockReader reader_;
  Tail tail_;
  io::TimerId idle_timer_ = io::TimerId::none;

  // In the open chunk: below `synced_` everything is durable; below `filled_` the file has been written (zeros ahead).
  std::uint32_t synced_ = 0;
  std::uint32_t filled_ = 0;
  std::shared_ptr<Commit> filling_;  // takes appends; with effects: not begun yet
  runtime::Signal work_;             // for the commit loop
  runtime::Signal roomy_;            // for room()
  std::uint64_t next_ticket_ = 0;    // of room(), served in order
  std::uint64_t serving_ = 0;
  std::shared_ptr<io::File> next_file_;  // of the chunk after the open one, made ahead of need
  bool preparing_next_ = false;
  bool rolling_ = false;
  bool roll_requested_ = false;
  bool checkpoint_requested_ = false;
  bool closing_ = false;
  std::optional<Error> broken_;
  // Why the chunk could not be changed; tried again after retry_roll_at_.
  std::optional<Error> roll_error_;
  MonotonicTime retry_roll_at_;
  std::uint32_t small_commits_ = 0;  // in a row; zeros are written ahead only for those
  bool filling_ahead_ = false;

  std::uint64_t next_checkpoint_ = 1;
  std::uint64_t replay_floor_ = 0;           // the kept checkpoints need chunks from here on
  std::uint64_t last_checkpoint_floor_ = 0;  // the newest one needs chunks from here on
  std::uint64_t last_checkpoint_ = 0;        // number of the newest one
  std::uint64_t oldest_checkpoint_ = 0;      // number of the oldest that is kept
  std::uint64_t last_checkpoint_bytes_ = 0;
  std::uint64_t bytes_since_checkpoint_ = 0;
  bool writing_checkpoint_ = false;
  std::optional<Error> checkpoint_error_;
  runtime::Signal checkpoint_written_;
  runtime::Signal reclaim_wanted_;

  runtime::Gate gate_;
  Statistics statistics_;
};

}  // namespace koine::journal
