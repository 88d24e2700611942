// QueueCursor: reads the messages of one log, cheaply for neighbours in order.
//
//   entries   [ 5 messages ][ 1 ][ 100 messages ][ ... ]      places in the journal, up to a few hundred
//                                   ^ next message: its offset and position in the body
//   ahead     [ ... ]                                          those behind them, looked for meanwhile
//
// Holds places, not bytes: those come from the journal's cache with each read. Shared, because it may be looking for entries
// when its owner lets go of it. One shard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "journal/journal.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::core {

class QueueCursor : public std::enable_shared_from_this<QueueCursor> {
 public:
  // All three outlive it; the gate is closed before the journal.
  QueueCursor(io::Reactor& reactor, journal::Journal& journal, runtime::Gate& gate,
              const journal::Log& log);

  // The stored message at this committed offset, if its bytes are in memory and its place is known or found at once.
  // Starts to look for it otherwise. May be
  // longer than the message.
  std::optional<Bytes> try_read(Offset offset);

  // Brings it into memory: take_loaded gives it in the same turn. Errors: corrupt (says log, chunk, offset), io_error,
  // not_found (closed).
  Task<Result<>> load(Offset offset);
  // The message, if it is the one that was loaded last; once.
  std::optional<Bytes> take_loaded(Offset offset) {
    if (!loaded_ || loaded_->offset != offset) return std::nullopt;
    return std::exchange(loaded_, std::nullopt)->bytes;
  }

  // The next message that a reader in order reads.
  Offset next() const { return next_offset_; }
  bool covers(Offset offset) const;

  // Lets go of the places if nothing was read since the last call: their chunks could not be deleted.
  void release_if_unused();
  // The log goes away: what waits gives not_found.
  void close();

 private:
  using Entries = std::vector<journal::EntryRef>;

  // False: no entry that was found holds it.
  bool go_to(Offset offset);
  bool is_in(const Entries& entries, Offset offset) const;
  // Goes on to the next message. False: bytes are missing, or damaged.
  bool step();
  const journal::EntryRef& entry() const { return entries_[entry_]; }
  std::optional<Bytes> piece(std::uint32_t position, std::uint32_t size) const;
  // Of the message at `position_`. None: the bytes are not in memory, or make no sense.
  std::optional<std::uint32_t> size_here() const;

  void look_ahead();
  static Task<void> find_soon(std::shared_ptr<QueueCursor> self, Offset from, bool is_ahead);
  Task<Result<>> find(Offset from, bool is_ahead);
  Task<Result<Bytes>> load_message(journal::EntryRef place, Offset at, std::uint32_t position,
                                   Offset offset) const;
  Task<Result<Bytes>> load_piece(journal::EntryRef place, std::uint32_t position,
                                 std::uint32_t size) const;
  std::unexpected<Error> damaged(const journal::EntryRef& place, Offset offset) const;

  journal::Journal& journal_;
  runtime::Gate& gate_;
  const journal::Log* log_;
  LogId log_id_;
  Entries entries_;
  Entries ahead_;
  std::size_t entry_ = 0;       // in entries_
  Offset next_offset_{0};       // the message at `position_`
  std::uint32_t position_ = 0;  // in the body
  std::size_t step_bytes_;      // how much to look for
  bool is_finding_ = false;
  bool is_used_ = true;  // since release_if_unused()
  // A copy, until it is taken.
  struct Loaded {
    Offset offset;
    Bytes bytes;
  };
  std::optional<Loaded> loaded_;
  runtime::Signal found_;
};

}  // namespace koine::core
