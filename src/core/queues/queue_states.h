// QueueStates: what a shard's journal says of its queues' levels while it is opened, until the queues themselves are opened
// and take it. Also the form in which a checkpoint keeps it:
//
//   u8 version 2 | u8 stopped cleanly | u32 count | u64 log, LevelState ...
//                                     | u32 count | u64 queue, u32 count, keys that it has seen: 16 bytes, i64 milliseconds ...
//
// Version 1 has no keys.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/fields.h"
#include "base/result.h"
#include "core/queues/level_state.h"
#include "core/queues/queue_change.h"
#include "journal/journal.h"

namespace koine::core {

// Writes that form.
class QueueStatesWriter {
 public:
  void add(LogId log, const LevelState& state);
  void add_seen(LogId queue, std::span<const SeenKey> seen);
  std::vector<std::byte> take(bool was_stopped);

 private:
  FieldWriter levels_;
  std::uint32_t count_ = 0;
  FieldWriter seen_;
  std::uint32_t seen_count_ = 0;
};

class QueueStates final : private QueueChangeVisitor {
 public:
  // Errors: corrupt, unsupported (a newer version).
  Result<> restore(ByteView saved);
  Result<> replay_messages(const journal::ReplayedEntry& entry);
  Result<> replay_changes(ByteView entry);

  // The last thing that happened was a clean stop.
  bool was_stopped() const { return was_stopped_; }
  // Moved out; empty if nothing is known.
  LevelState take(LogId log);
  std::vector<SeenKey> take_seen(LogId queue);
  // The logs that nobody took are gone.
  void forget() {
    levels_ = Levels();
    seen_ = Seen();
  }

  void save(QueueStatesWriter& writer) const;

 private:
  void on_settled(const SettledRun& run) override;
  void on_failed(LogId log, Offset offset, std::uint32_t count) override;
  void on_delivered(LogId log, Offset end) override;
  void on_stopped() override { was_stopped_ = true; }
  void on_started() override { was_stopped_ = false; }
  void on_seen(LogId queue, const SeenKey& seen) override;
  Result<> restore_seen(FieldReader& reader);

  using Levels = std::unordered_map<LogId, LevelState>;
  Levels levels_;
  using Seen = std::unordered_map<LogId, std::deque<SeenKey>>;
  Seen seen_;
  bool was_stopped_ = false;
};

}  // namespace koine::core
