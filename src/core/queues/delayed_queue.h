// DelayedQueue: the messages of one shard that are to be published later. They are the messages of a queue that nobody sees, with a
// log for each slot of time (delay_slots.h), durable before their confirm, and as well kept as those of other queues.
//
//   slots of tiers 1 to 3   [ . . . ][ . . ][ ]   on disk only; when one opens, its messages go to lower slots, batch by batch
//   slots of tier 0         [ . . ][ . ]          on disk only, until they open, a second before the first one is due
//   near                    due, position ...     of the open slots of tier 0, in order, at most delayed_near_max
//
// What is due is routed then, and published and settled here in one commit (MovedMessages). In memory is what is near, nothing
// else of a message: with more than that (EngineOptions) in a slot the rest of that slot comes when its span is over, up to a second late, in
// the order of publishing; so does what became due while the process did not run.
//
// Owned by ShardQueues; one shard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/queues/delay_slots.h"
#include "core/queues/delayed_message.h"
#include "core/queues/queue_events.h"
#include "core/queues/queues.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::core {

class Engine;
class MovedMessages;

class DelayedQueue final : private QueueEvents {
 public:
  // All outlive it; the gate is closed after end(), before the stores are.
  DelayedQueue(Engine& engine, Queues& stores, runtime::Gate& gate);
  ~DelayedQueue() override;

  // The journal is open; before Queues::start().
  void open();
  // From now on messages are published when they are due.
  void start();
  void end();

  // Messages that wait.
  std::uint64_t size() const { return store_ != nullptr ? store_->message_count() : 0; }

 private:
  using Near = std::set<std::pair<WallTimeMs, QueuePosition>>;
  struct Slot {
    std::optional<WallTimeMs> due_ms;  // of its first message; nothing: empty, or not looked at
    // Of an open one of tier 0: what lies below is near, or settled.
    Offset indexed;
    bool is_full = false;  // not all of it is near
  };

  void on_stored(std::uint8_t slot) override;
  bool accepts(std::size_t, std::uint64_t, std::uint64_t) const override { return true; }
  void refused(const MessageView&) override {}

  Task<void> run();
  // Whether there may be more to do at once. Errors: of reading and of publishing; all stays as it was.
  Task<Result<bool>> step();
  Task<Result<>> look_at(std::uint8_t slot);
  Task<Result<bool>> read_near(std::uint8_t slot);
  bool is_open(std::uint8_t slot) const;
  bool is_read(std::uint8_t slot) const { return tier_of(slot).first == 0 && is_open(slot); }
  MonotonicTime next_time() const;

  std::vector<QueuePosition> due_now() const;
  std::vector<QueuePosition> rest_of(std::uint8_t slot) const;
  // As many of the first as fit into one commit; how many.
  Task<Result<std::size_t>> move(std::vector<QueuePosition> positions);
  void place(const HeldMessage& held, MovedMessages& moved);
  void route(const HeldMessage& held, MovedMessages& moved);
  // Nothing: it is damaged, was settled, and that was said. Views until the next wait.
  struct Read {
    StoredMessage stored;
    HeldMessage held;
  };
  Task<Result<std::optional<Read>>> read(QueuePosition position);

  Engine& engine_;
  Queues& stores_;
  runtime::Gate& gate_;
  JournalQueueStore* store_ = nullptr;
  std::array<Slot, delay_slot_count> slots_;
  Near near_;
  WallTimeMs now_ms_ = 0;  // of this step
  bool has_news_ = false;  // something was stored since it began
  runtime::Signal changed_;
  bool is_ended_ = false;
};

}  // namespace koine::core
