#include "core/queues/consumer_turns.h"

#include <algorithm>
#include <functional>

namespace koine::core {

QueueConsumer* ConsumerTurns::first() const {
  for (const Row& row : rows_) {
    if (row.first != nullptr) return row.first;
  }
  return nullptr;
}

void ConsumerTurns::add(QueueConsumer& consumer) {
  if (consumer.is_in_turn) return;
  append(row_of(consumer.options.priority), consumer);
  consumer.is_in_turn = true;
  ++count_;
}

void ConsumerTurns::remove(QueueConsumer& consumer) {
  if (!consumer.is_in_turn) return;
  unlink(row_of(consumer.options.priority), consumer);
  consumer.is_in_turn = false;
  if (--count_ == 0) rows_.clear();
}

void ConsumerTurns::move_back(QueueConsumer& consumer) {
  if (!consumer.is_in_turn || (consumer.previous == nullptr && consumer.next == nullptr)) return;
  Row& row = row_of(consumer.options.priority);
  unlink(row, consumer);
  append(row, consumer);
}

ConsumerTurns::Row& ConsumerTurns::row_of(std::int32_t priority) {
  const auto at = std::ranges::lower_bound(rows_, priority, std::greater<>(), &Row::priority);
  if (at != rows_.end() && at->priority == priority) return *at;
  return *rows_.insert(at, Row{.priority = priority});
}

void ConsumerTurns::append(Row& row, QueueConsumer& consumer) {
  consumer.previous = row.last;
  consumer.next = nullptr;
  (row.last != nullptr ? row.last->next : row.first) = &consumer;
  row.last = &consumer;
}

void ConsumerTurns::unlink(Row& row, QueueConsumer& consumer) {
  (consumer.previous != nullptr ? consumer.previous->next : row.first) = consumer.next;
  (consumer.next != nullptr ? consumer.next->previous : row.last) = consumer.previous;
  consumer.previous = nullptr;
  consumer.next = nullptr;
}

}  // namespace koine::core
