// Messages that die: to the dead letter exchange, or away. A task takes them there in batches; until a batch is durable in
// its new place each of its messages is leased to nobody, so that it can't be lost and is not ready.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/queues/queue.h"
#include "core/queues/queue_limits.h"

namespace koine::core {

void Queue::die(QueuePosition position, std::size_t body_size, DeathReason reason) {
  if (!info_->spec.settings.dead_letter_exchange) {
    store_.settle(position, body_size);
    ++settled_;
    return;
  }
  leases_.insert({.position = position,
                  .since = now_,
                  .body_size = static_cast<std::uint32_t>(body_size),
                  .state = Lease::State::leaving});
  ++leaving_;
  dead_.push_back({position, static_cast<std::uint32_t>(body_size), reason});
  start_moving();
}

void Queue::refused(const MessageView& message) {
  const QueueSettings& settings = info_->spec.settings;
  if (is_ended_ || settings.overflow != Overflow::reject_publish_dead_letter) return;
  if (!settings.dead_letter_exchange) return;
  if (refused_bytes_ + message.stored_size() > refused_bytes_max) return;
  auto letter =
      make_dead_letter(info_->spec, message, DeathReason::maxlen, host_.reactor().wall_clock_ms());
  if (!letter) return;
  letter->is_refused = true;
  refused_bytes_ += message.stored_size();
  refused_.push_back(std::move(*letter));
  start_moving();
}

void Queue::start_moving() {
  if (is_moving_ || (dead_.empty() && refused_.empty()) || retry_at_ != never) return;
  is_moving_ = true;
  // Not in this turn, so that what dies together moves together.
  host_.reactor().post([self = shared_from_this()] {
    if (!self->is_ended_) self->host_.tasks().spawn(move_dead(self));
  });
}

std::vector<Queue::Dead> Queue::next_dead() {
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < dead_.size() && count < dead_batch_max && bytes < dead_batch_bytes_max) {
    bytes += dead_[count++].body_size;
  }
  const auto end = dead_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Dead> batch(dead_.begin(), end);
  dead_.erase(dead_.begin(), end);
  return batch;
}

Task<void> Queue::move_dead(std::shared_ptr<Queue> self) {
  Queue& queue = *self;
  while (!queue.is_ended_ && (!queue.dead_.empty() || !queue.refused_.empty())) {
    std::vector<Dead> batch = queue.next_dead();
    const Result<> moved = co_await queue.move_batch(batch);
    if (queue.is_ended_) break;
    if (!moved) {
      // They are where they were, and a full disk may have room later.
      queue.dead_.insert(queue.dead_.begin(), batch.begin(), batch.end());
      queue.retry_at_ = queue.host_.reactor().now() + retry_interval;
      queue.schedule(queue.retry_at_);
      break;
    }
    for (const Dead& dead : batch) {
      if (!queue.leases_.take(dead.position)) continue;
      --queue.leaving_;
      ++queue.settled_;
    }
    queue.wake_if_needed();
  }
  queue.is_moving_ = false;
}

Task<Result<>> Queue::move_batch(std::vector<Dead> batch) {
  std::vector<DeadLetter> letters = std::exchange(refused_, {});
  refused_bytes_ = 0;
  for (const Dead& dead : batch) {
    if (store_.is_settled(dead.position)) continue;  // moved before an error
    CO_TRY(auto letter, co_await read_letter(dead));
    if (letter) letters.push_back(std::move(*letter));
  }
  if (letters.empty()) co_return Result<>{};
  co_return co_await host_.move_dead(info_, std::move(letters));
}

Task<Result<std::optional<DeadLetter>>> Queue::rejected_letter(Lease lease) {
  const auto self = shared_from_this();
  if (is_ended_) co_return gone();
  co_return co_await read_letter(
      {.position = lease.position, .body_size = lease.body_size, .reason = DeathReason::rejected});
}

Task<Result<std::optional<DeadLetter>>> Queue::read_letter(Dead dead) {
  Result<> loaded;
  auto stored = store_.try_read(dead.position);
  while (!stored && loaded) {
    loaded = co_await store_.load(dead.position);
    if (is_ended_) co_return fail(ErrorCode::closed);
    if (loaded) stored = store_.try_read(dead.position);
  }
  Result<DeadLetter> letter = fail(ErrorCode::corrupt);
  if (loaded) {
    letter = make_dead_letter(info_->spec, stored->message, dead.reason,
                              host_.reactor().wall_clock_ms());
  } else {
    letter = fail(std::move(loaded).error());
  }
  if (letter) {
    letter->position = dead.position;
    co_return std::move(*letter);
  }
  if (letter.error().code() != ErrorCode::corrupt) co_return fail(std::move(letter).error());
  host_.notice(fmt::format("queue {}: a dead message is damaged and was dropped: {}",
                           info_->spec.name.name, letter.error().message()));
  store_.settle(dead.position, dead.body_size);
  co_return std::nullopt;
}

}  // namespace koine::core
