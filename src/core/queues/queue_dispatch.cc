// Delivery: turns that hand out what is ready to those who have room.

#include <fmt/format.h>

#include <utility>

#include "core/queues/queue.h"
#include "core/queues/queue_limits.h"

namespace koine::core {

void Queue::run() {
  is_running_ = false;
  if (is_ended_) return;
  now_ = host_.reactor().now();
  now_ms_ = host_.reactor().wall_clock_ms();
  is_running_ = true;
  switch (turn(now_ + turn_duration_max)) {
    case Step::done: wake(); return;
    case Step::idle:
      is_running_ = false;
      content_lessees();
      return;
    case Step::load: host_.tasks().spawn(load_and_run(shared_from_this(), to_load_)); return;
  }
}

Queue::Step Queue::turn(MonotonicTime until) {
  for (int n = 1; n <= turn_messages_max; ++n) {
    const Step outcome = step();
    if (outcome != Step::done) return outcome;
    if (is_ended_) return Step::idle;
    if (n % messages_per_clock == 0 && host_.reactor().now() >= until) break;
  }
  return Step::done;
}

Queue::Step Queue::step() {
  const auto position = head();
  if (!position) return Step::idle;
  QueueConsumer* consumer = next_consumer();
  if (consumer == nullptr && !is_over_limits()) return examine_heads();
  const auto stored = store_.try_read(*position);
  if (!stored) {
    to_load_ = *position;
    return Step::load;
  }
  const std::size_t body_size = stored->message.body.size();
  if (is_expired(stored->message, *position, consumer != nullptr)) {
    return drop(*position, body_size, DeathReason::expired);
  }
  if (consumer == nullptr) return drop(*position, body_size, DeathReason::maxlen);
  return deliver(*consumer, *position, *stored);
}

Queue::Step Queue::deliver(QueueConsumer& consumer, QueuePosition position,
                           const StoredMessage& stored) {
  const bool is_auto_ack = consumer.options.is_auto_ack;
  SharedCredit* shared = consumer.options.shared_credit.get();
  if (!is_auto_ack && shared != nullptr && !shared->try_take()) {
    wait_for_shared_credit(consumer);
    return Step::done;
  }
  const HandedOut handed = hand_out(&consumer, position, stored.message.body.size(), is_auto_ack);
  turns_.move_back(consumer);
  consumer.sink->take({.position = position,
                       .is_redelivered = handed.is_redelivered,
                       .failed_deliveries = handed.failures,
                       .lease_number = handed.lease_number,
                       .message = stored.message});
  return Step::done;
}

Queue::HandedOut Queue::hand_out(QueueConsumer* consumer, QueuePosition position,
                                 std::size_t body_size, bool is_auto_ack) {
  HandedOut handed;
  const bool is_fresh = position.offset >= levels_[position.level].fresh;
  handed.is_redelivered = take_head(position);
  if (is_fresh) store_.note_delivered(position);
  if (handed.is_redelivered) handed.failures = store_.failures(position);
  ++delivered_;
  if (is_auto_ack) {
    store_.settle(position, body_size);
    ++settled_;
    return handed;
  }
  leases_.insert({.position = position,
                  .consumer = consumer,
                  .since = now_,
                  .body_size = static_cast<std::uint32_t>(body_size)});
  if (consumer == nullptr) return handed;
  ++consumer->unsettled;
  if (consumer->options.lease) {
    handed.lease_number = lease_to(*consumer, position);
    return handed;
  }
  if (const auto& timeout = info_->spec.settings.consumer_timeout_ms) {
    schedule(now_ + duration_of(*timeout));
  }
  return handed;
}

QueueConsumer* Queue::next_consumer() {
  while (QueueConsumer* consumer = turns_.first()) {
    const ConsumerOptions& options = consumer->options;
    if (!consumer->has_credit() || !consumer->sink->has_room()) {
      turns_.remove(*consumer);
    } else if (!can_lease_to(*consumer)) {
      has_refused_leases_ = true;
      turns_.remove(*consumer);
    } else if (!options.is_auto_ack && options.shared_credit != nullptr &&
               !options.shared_credit->has_credit()) {
      wait_for_shared_credit(*consumer);
    } else {
      return consumer;
    }
  }
  return nullptr;
}

void Queue::wait_for_shared_credit(QueueConsumer& consumer) {
  turns_.remove(consumer);
  if (std::exchange(consumer.is_waiting_for_shared, true)) return;
  // The wake-up may come on another shard's thread: it only posts.
  consumer.options.shared_credit->call_when_free(
      [reactor = &host_.reactor(), queue = weak_from_this(), waiting = consumer.weak_from_this()] {
        reactor->post([queue, waiting] {
          const auto there = queue.lock();
          const auto served = waiting.lock();
          if (there == nullptr || served == nullptr) return;
          served->is_waiting_for_shared = false;
          there->resume(*served);
        });
      });
}

// Nobody can take anything: what is expired goes, and the timer knows when the next one does.
Queue::Step Queue::examine_heads() {
  if (!is_unexamined_) return Step::idle;
  for (std::size_t at = 0; at <= top_level_; ++at) {
    const auto n = static_cast<std::uint8_t>(at);
    Level& level = levels_[at];
    if (level.is_head_examined) continue;
    const auto position = head_of(n);
    if (!position) continue;
    const auto stored = store_.try_read(*position);
    if (!stored) {
      to_load_ = *position;
      return Step::load;
    }
    if (is_expired(stored->message, *position, false)) {
      return drop(*position, stored->message.body.size(), DeathReason::expired);
    }
    level.is_head_examined = true;
    level.head_expires_ms = expiry_of(stored->message);
    if (level.head_expires_ms != no_expiry) schedule_wall(level.head_expires_ms);
  }
  for (std::size_t at = 0; at <= top_level_; ++at) {
    levels_[at].seen_end = store_.committed_end(static_cast<std::uint8_t>(at));
  }
  is_unexamined_ = false;
  return Step::idle;
}

Task<void> Queue::load_and_run(std::shared_ptr<Queue> self, QueuePosition position) {
  const Result<> loaded = co_await self->load(position);
  if (self->is_ended_) co_return;
  if (loaded) {
    self->run();
    co_return;
  }
  self->is_running_ = false;
  self->content_lessees();
  self->retry_at_ = self->host_.reactor().now() + retry_interval;
  self->schedule(self->retry_at_);
}

Task<Result<>> Queue::load(QueuePosition position) {
  const auto self = shared_from_this();
  Result<> loaded = co_await store_.load(position);
  if (loaded || is_ended_) co_return loaded;
  // Meanwhile, by a purge: whoever asked for it looks again.
  if (store_.is_settled(position)) co_return Result<>{};
  if (loaded.error().code() != ErrorCode::corrupt) co_return loaded;
  if (leases_.find(position) == nullptr) {
    host_.notice(fmt::format("queue {}: a message is damaged and was dropped: {}",
                             info_->spec.name.name, loaded.error().message()));
    if (head_of(position.level) == position) take_head(position);
    store_.settle(position, 0);
    ++settled_;
  }
  co_return Result<>{};
}

}  // namespace koine::core
