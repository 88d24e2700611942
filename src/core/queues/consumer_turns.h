// ConsumerTurns: whose turn it is. The consumers of a queue that can probably take a message, the highest priority first and
// in turn among equals. Who is found to have no credit or no room is taken out, and put in again when that changed, so
// that ten thousand consumers that wait cost nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "core/queues/subscription.h"

namespace koine::core {

// One consumer, on its queue's shard.
struct QueueConsumer : std::enable_shared_from_this<QueueConsumer> {
  ConsumerOptions options;
  DeliverySink* sink = nullptr;
  std::uint32_t unsettled = 0;
  std::uint64_t credit = 0;            // of one that leases: messages that it may still be given
  std::set<QueuePosition> leased;      // the same: what it has
  bool is_passing = false;             // its end is not the end of the queue's use
  bool is_resumed = false;             // it was, at least once
  bool is_waiting_for_shared = false;  // its shared credit has the queue's wake-up
  bool is_ended = false;  // cancelled, or told that it ended; kept until nothing of it is unsettled

  // The list of those in turn.
  QueueConsumer* previous = nullptr;
  QueueConsumer* next = nullptr;
  bool is_in_turn = false;

  bool has_credit() const {
    if (options.lease && credit == 0) return false;
    return options.prefetch == 0 || unsettled < options.prefetch;
  }
};

class ConsumerTurns {
 public:
  bool empty() const { return count_ == 0; }
  // Null: nobody.
  QueueConsumer* first() const;
  // At the end of its priority's row; no change if it is in turn.
  void add(QueueConsumer& consumer);
  void remove(QueueConsumer& consumer);
  // It was served: others of its priority come first.
  void move_back(QueueConsumer& consumer);

 private:
  struct Row {
    std::int32_t priority = 0;
    QueueConsumer* first = nullptr;
    QueueConsumer* last = nullptr;
  };
  Row& row_of(std::int32_t priority);
  static void append(Row& row, QueueConsumer& consumer);
  static void unlink(Row& row, QueueConsumer& consumer);

  std::vector<Row> rows_;  // the highest priority first
  std::size_t count_ = 0;
};

}  // namespace koine::core
