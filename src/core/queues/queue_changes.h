// QueueChanges: makes durable what happens to the messages of all queues of a shard. What is noted is effective at once and
// durable with the next entry of the state log `queues`:
//
//   settled(), failed()  -->  pending  -- one entry at a time -->  writing  -->  durable; logs may be trimmed
//                                ^                                    |
//                                +----- the commit was refused -------+
//
// What is noted while an entry is on its way to the disk forms the next one, and so does what is noted within some milliseconds:
// nobody waits for an ack. With durable() somebody does, and it is written at once. While the disk is full all of it stays, in memory
// and in effect, and is tried again; neighbours become one run, so that what waits is bounded by the gaps between settled
// messages. append() writes changes in one commit with messages; these take effect with the commit. One shard.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/queues/deduplication_window.h"
#include "core/queues/queue_change.h"
#include "core/queues/queue_level.h"
#include "io/reactor.h"
#include "journal/journal.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::core {

class QueueChanges final : private journal::LogObserver {
 public:
  // The gate is closed after close().
  QueueChanges(io::Reactor& reactor, runtime::Gate& gate);
  ~QueueChanges() override;

  // The state log's. Both outlive this, or until close().
  void attach(journal::Journal& journal, journal::Log& log);
  // Writes what is pending. Then that the process stopped cleanly, and how far `levels` were delivered. What can't be
  // written is lost: its messages will be delivered again.
  Task<void> close(std::vector<QueueLevel*> levels);
  // Whether close() could write that.
  bool is_stopped() const { return is_stopped_; }

  // [from, end) of the level became settled; `body_bytes` are the bodies of all of them.
  void settled(QueueLevel& level, Offset from, Offset end, std::int64_t body_bytes);
  // The level's count for the message grew.
  void failed(QueueLevel& level, Offset offset);
  // The process may deliver from now on: the clean stop before it does not count any more.
  void started();
  // Soon: the level's log begins where its first unsettled message is.
  void trim(QueueLevel& level);
  // The level is about to go.
  void forget(QueueLevel& level);
  void forget(DeduplicationWindow& window);

  // Returns when all that was noted before is durable. Errors: no_space (it stays noted), io_error, closed.
  Task<Result<>> durable();

  struct Settled {
    QueueLevel* level = nullptr;
    Offset first;
    std::int64_t count = 0;
    std::int64_t body_bytes = 0;
    Offset end() const { return first + count; }
  };
  // A key that came with a message.
  struct Seen {
    DeduplicationWindow* window = nullptr;
    LogId queue;
    SeenKey seen;
  };
  // After Journal::room(), in the same turn: these entries, that those messages are settled, and that those keys were seen, all
  // or nothing. Settled and seen with the commit; not at all if it fails. Errors: too_large, no_space, io_error, closed:
  // the keys are forgotten.
  Result<std::shared_ptr<journal::Commit>> append(std::span<const journal::Append> entries,
                                                  std::vector<Settled> settled,
                                                  std::vector<Seen> seen = {});

  // The state as of now goes into a checkpoint.
  void on_saved();

 private:
  using Failure = std::pair<QueueLevel*, Offset>;
  // An entry on its way.
  struct Written {
    Offset offset;
    bool is_group = false;
    std::vector<Settled> settled;
    std::vector<Seen> seen;
    std::vector<Failure> failures;
    bool has_started = false;
    std::uint64_t covered = 0;  // noted changes that are durable with it
  };

  bool has_pending() const;
  void wake();
  Task<void> gather();
  Task<void> run();
  Task<Result<>> durable(std::uint64_t wanted);
  Task<Result<>> write_once();
  Written take_pending(QueueChangeWriter& writer);
  void take_runs(std::vector<Settled>& from, QueueChangeWriter& writer, Written& taken);
  void put_back(Written written);
  void trim_levels();
  void note_trim(QueueLevel& level);
  void apply_group(const Written& written);
  Task<Result<>> write_stop(std::vector<QueueLevel*> levels);
  Result<std::shared_ptr<journal::Commit>> append_entry(ByteView entry);
  Result<std::shared_ptr<journal::Commit>> append_group(std::span<const journal::Append> entries,
                                                        ByteView change);

  void on_committed(Offset committed) override;
  void on_rolled_back(Offset committed) override;

  io::Reactor& reactor_;
  runtime::Gate& gate_;
  journal::Journal* journal_ = nullptr;
  journal::Log* log_ = nullptr;

  std::vector<Settled> pending_;
  // Noted before the last checkpoint, or refused: written apart, so that a checkpoint knows a run as a whole or not at all.
  std::vector<Settled> earlier_;
  std::set<Failure> failures_;
  bool started_is_pending_ = false;
  std::vector<QueueLevel*> to_trim_;
  std::uint32_t generation_ = 1;  // of pending_
  std::size_t tidy_above_ = 0;    // runs

  std::deque<Written> written_;  // by offset
  std::uint64_t noted_ = 0;
  std::uint64_t durable_ = 0;  // of noted_
  std::uint64_t refusals_ = 0;
  std::optional<Error> refusal_;

  bool is_running_ = false;
  bool is_closing_ = false;
  bool is_stopped_ = false;
  runtime::Signal changed_;  // an entry's commit ended, or run() did
  runtime::Signal retry_;
  std::uint32_t waiting_ = 0;  // in durable()
  runtime::Signal wanted_;     // what is pending goes to the disk now
};

}  // namespace koine::core
