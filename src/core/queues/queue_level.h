// QueueLevel: the messages of one priority of a queue: a log, what became of its messages, and the cursors that read it.
//
//   waiting   appended, not durable     [committed_end, ...)
//   state     settled, failures         [start, committed_end)
//
// One shard. Made when the level gets its first message, or is found with messages at the start.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/queues/level_state.h"
#include "core/queues/queue_cursor.h"
#include "core/queues/queue_events.h"
#include "journal/journal.h"
#include "runtime/gate.h"

namespace koine::core {

// Over all levels of a queue.
struct QueueTotals {
  std::uint64_t messages = 0;  // durable, not settled
  std::int64_t body_bytes = 0;
  std::uint64_t waiting = 0;  // appended, not durable
  std::uint64_t waiting_bytes = 0;
  QueueEvents* events = nullptr;
};

// Where QueueChanges keeps track of what it noted of a level.
struct LevelNotes {
  std::uint32_t generation = 0;  // of the runs among which `last_run` is
  std::uint32_t last_run = 0;
  // The first settled message that has to be written, and the first that is being written.
  std::optional<Offset> pending_from;
  std::optional<Offset> writing_from;
  bool is_trim_noted = false;
  bool is_trim_wanted = false;  // also if it gives little back

  // That settled messages below are durable.
  Offset durable_below(Offset end) const {
    if (pending_from) end = std::min(end, *pending_from);
    if (writing_from) end = std::min(end, *writing_from);
    return end;
  }
};

class QueueLevel final : public journal::LogObserver {
 public:
  struct Place {
    io::Reactor& reactor;
    journal::Journal& journal;
    runtime::Gate& gate;
  };
  // `totals` gets this level's share. `was_stopped`: the state is that of a clean stop.
  QueueLevel(const Place& place, std::uint8_t number, journal::Log& log, LevelState state,
             bool was_stopped, QueueTotals& totals);
  ~QueueLevel() override;

  LogId log_id() const { return log_id_; }
  // Null when it was removed.
  journal::Log* log() const { return log_; }
  const LevelState& state() const { return state_; }
  Offset committed_end() const { return committed_; }
  Offset first_unsettled() const { return state_.settled.floor(); }
  Offset next_unsettled(Offset from) const { return state_.settled.next_unsettled(from); }
  Offset delivered_before_start() const { return delivered_before_start_; }
  void note_delivered(Offset end) { state_.delivered = std::max(state_.delivered, end); }
  // Nothing that a checkpoint would have to say.
  bool is_untouched() const;
  LevelNotes& notes() { return notes_; }

  std::optional<Bytes> try_read(Offset offset);
  Task<Result<>> load(Offset offset);

  // Settled now. How many were not before. Below committed_end().
  std::uint64_t settle(Offset from, Offset to, std::int64_t body_bytes);
  std::uint32_t count_failure(Offset offset);

  // Messages are about to be appended, and count as waiting; then an entry of them was, or was not.
  void reserve(std::uint32_t count, std::uint64_t body_bytes);
  void appended(std::uint32_t count, std::uint64_t body_bytes);
  void unreserve(std::uint32_t count, std::uint64_t body_bytes);
  // Where the log may begin, if saying so is worth an entry now: what is below is settled, durably.
  std::optional<Offset> trim_point() const;

  // At each checkpoint: nothing that is not in use keeps chunks from being deleted.
  void release_cursors();
  // All that it ever had is settled, durably, and its log does not say so yet.
  bool is_empty_untrimmed() const;
  // Its log goes away.
  void remove();

  void on_committed(Offset committed) override;
  void on_rolled_back(Offset committed) override;
  std::uint64_t needed_records(Offset from, Offset to) const override;

 private:
  struct Waiting {
    Offset end;
    std::uint32_t count = 0;
    std::uint64_t body_bytes = 0;
  };

  QueueCursor& cursor_for(Offset offset);
  void on_drained();
  void drop_cursors();

  Place place_;
  journal::Log* log_;
  LogId log_id_;
  std::uint8_t number_;
  LevelState state_;
  QueueTotals& totals_;
  Offset committed_;
  Offset delivered_before_start_;
  std::vector<Waiting> waiting_;  // by end; those before first_waiting_ are durable
  std::size_t first_waiting_ = 0;
  LevelNotes notes_;
  // One for reading on, one for what lies before it: what came back.
  std::shared_ptr<QueueCursor> cursor_;
  std::shared_ptr<QueueCursor> cursor_behind_;
};

}  // namespace koine::core
