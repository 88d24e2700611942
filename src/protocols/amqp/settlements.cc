#include "protocols/amqp/settlements.h"

#include <utility>

namespace koine::amqp {

namespace {

// A prefetch of this many messages acknowledged at once costs no new memory the next time.
constexpr std::size_t kept_capacity_max = 1024;

}  // namespace

Settlements::Queue* Settlements::use(const core::QueuePtr& queue) {
  auto& entry = queues_[queue->id()];
  if (entry == nullptr) {
    entry = std::make_unique<Queue>();
    entry->queue = queue;
  }
  ++entry->uses;
  return entry.get();
}

void Settlements::release(Queue* queue) {
  if (--queue->uses == 0 && queue->pending.empty()) queues_.erase(queue->queue->id());
}

void Settlements::add(Queue* queue, core::Settlement settlement) {
  if (queue->pending.empty()) pending_.push_back(queue);
  queue->pending.push_back(settlement);
  --queue->uses;
}

void Settlements::tell() {
  for (Queue* const queue : std::exchange(pending_, {})) {
    client_.settle(queue->queue, queue->pending);
    queue->pending.clear();
    if (queue->pending.capacity() > kept_capacity_max) queue->pending.shrink_to_fit();
    if (queue->uses == 0) queues_.erase(queue->queue->id());
  }
}

}  // namespace koine::amqp
