// QueueStore: the messages of one queue on disk, and what became of them. Knows no consumers: who has which message is Queue's.
//
//   level 0 log   [. . . . . . . . . . .]      one log for each priority that the queue has
//   settled        x x x . x . . .             a bit for each message from the first one that is not settled on
//   failures               2                   how often it came back, where that is not 0
//
// Memory: bits for the part of a log between its first unsettled and its last settled message; a whole segment of settled
// ones costs a few bytes. Nothing for a backlog that nobody touched.
//
// What changes is noted in the shard's QueueChanges, which makes the changes of all queues durable in one entry at a time
// and are repeated after a refused commit; the floor of a log (Journal::trim) follows what is durable. One shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "core/queues/message.h"
#include "core/queues/queue_spec.h"
#include "core/queues/settlement.h"

namespace koine::core {

// A message in memory: views into `memory`, which may be a block of the journal's cache. Not to be kept across a wait.
struct StoredMessage {
  MessageView message;
  Bytes memory;
};

class QueueStore {
 public:
  QueueStore() = default;
  QueueStore(const QueueStore&) = delete;
  QueueStore& operator=(const QueueStore&) = delete;
  virtual ~QueueStore() = default;

  // At most 256.
  virtual std::size_t level_count() const = 0;
  // The first offset that is not settled; committed_end() if all are.
  virtual Offset first_unsettled(std::uint8_t level) const = 0;
  // After the last durable message.
  virtual Offset committed_end(std::uint8_t level) const = 0;
  // The first position at or after this one in its level that is not settled; none below committed_end().
  virtual std::optional<QueuePosition> next_unsettled(QueuePosition from) const = 0;
  virtual bool is_settled(QueuePosition position) const = 0;

  // Durable messages that are not settled, over all levels, and the bytes of their bodies. After damage that lost messages
  // the bytes may be too many until the level is empty.
  virtual std::uint64_t message_count() const = 0;
  virtual std::uint64_t body_bytes() const = 0;

  // Without waiting: the message if its bytes are in memory. Cheap for neighbours read in order. Not settled, below committed_end.
  virtual std::optional<StoredMessage> try_read(QueuePosition position) = 0;
  // Brings it, and what follows it, into memory: try_read then works in the same turn. Errors: corrupt (the message is damaged: settle it
  // to go on; the sentence says log, chunk, offset), io_error, not_found (the queue was removed).
  virtual Task<Result<>> load(QueuePosition position) = 0;

  // Effective now, durable with the next commit. `body_size` is the message's.
  virtual void settle(QueuePosition position, std::size_t body_size) = 0;
  struct Kept {
    Offset offset;
    std::size_t body_size = 0;
  };
  // Settles what is durable in a level but for these (ascending, not settled), without reading it. How many.
  virtual std::uint64_t settle_all_except(std::uint8_t level, std::span<const Kept> kept) = 0;
  virtual std::uint32_t failures(QueuePosition position) const = 0;
  // The new count.
  virtual std::uint32_t count_failure(QueuePosition position) = 0;
  // Of a queue with a deduplication window, since the start of the process.
  struct Repetitions {
    std::uint64_t dropped = 0;
    std::uint64_t keys_forgotten_early = 0;  // there were too many
  };
  virtual Repetitions repetitions() const { return {}; }
  // It is about to be delivered: what delivered_before_start says after a clean stop.
  virtual void note_delivered(QueuePosition position) = 0;
  // Messages below were perhaps delivered before the process started: they are marked redelivered. After a clean stop
  // exactly those up to the last that was delivered, after a crash all.
  virtual Offset delivered_before_start(std::uint8_t level) const = 0;
};

}  // namespace koine::core
