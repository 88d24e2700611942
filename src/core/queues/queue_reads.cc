// What is asked of a queue beside subscriptions: get, peek, counts.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/queues/queue.h"
#include "core/queues/queue_limits.h"
#include "io/delay.h"

namespace koine::core {
namespace {

Bytes stored_form(const MessageView& message) {
  std::vector<std::byte> bytes;
  encode_message(message, bytes);
  return Bytes::copy_of(bytes);
}

}  // namespace

std::unexpected<Error> Queue::gone() const {
  return fail(ErrorCode::not_found, fmt::format("queue {} was deleted", info_->spec.name.name));
}

// Of one that is ready.
GotMessage Queue::got(QueuePosition position, const MessageView& message) const {
  const Level& level = levels_[position.level];
  return {
      .position = position,
      .is_redelivered = position.offset < level.fresh || position.offset < level.delivered_before,
      .failed_deliveries = store_.failures(position),
      .stored = stored_form(message),
      .ready = ready_count()};
}

Task<Result<std::optional<GotMessage>>> Queue::get(bool is_auto_ack) {
  const auto self = shared_from_this();
  while (true) {
    if (is_ended_) co_return gone();
    if (!consumers_.empty() && consumers_.front()->options.is_exclusive) {
      co_return fail(ErrorCode::denied,
                     fmt::format("queue {} has an exclusive consumer", info_->spec.name.name));
    }
    touch();
    now_ = host_.reactor().now();
    now_ms_ = host_.reactor().wall_clock_ms();
    const auto position = head();
    if (!position) co_return std::nullopt;
    const auto stored = store_.try_read(*position);
    if (!stored) {
      CO_TRY(co_await load(*position));
      continue;
    }
    const std::size_t body_size = stored->message.body.size();
    if (!is_expired(stored->message, *position, true)) {
      const HandedOut handed = hand_out(nullptr, *position, body_size, is_auto_ack);
      co_return GotMessage{.position = *position,
                           .is_redelivered = handed.is_redelivered,
                           .failed_deliveries = handed.failures,
                           .stored = stored_form(stored->message),
                           .ready = ready_count()};
    }
    // Many are on their way out already: what is behind them is not there yet.
    if (drop(*position, body_size, DeathReason::expired) == Step::idle) {
      co_await io::Delay(host_.reactor(), now_ + std::chrono::milliseconds(1));
    }
  }
}

std::vector<QueuePosition> Queue::ready_positions(std::uint32_t count) const {
  std::vector<QueuePosition> positions;
  for (std::size_t n = levels_.size(); n-- > 0;) {
    const auto level = static_cast<std::uint8_t>(n);
    for (const Offset offset : levels_[n].returned) {
      if (positions.size() == count) return positions;
      positions.push_back({level, offset});
    }
    auto next = store_.next_unsettled({level, levels_[n].fresh});
    while (next && positions.size() < count) {
      if (picked_ == 0 || !leases_.contains(*next)) positions.push_back(*next);
      next = store_.next_unsettled({level, next->offset + 1});
    }
  }
  return positions;
}

Task<Result<std::vector<GotMessage>>> Queue::peek(std::uint32_t count) {
  const auto self = shared_from_this();
  std::vector<GotMessage> messages;
  std::size_t bytes = 0;
  if (is_ended_) co_return gone();
  for (const QueuePosition position : ready_positions(std::min(count, peek_messages_max))) {
    if (bytes > peek_bytes_max) break;
    if (store_.is_settled(position)) continue;
    auto stored = store_.try_read(position);
    if (!stored) {
      CO_TRY(co_await load(position));
      if (is_ended_) co_return gone();
      if (store_.is_settled(position)) continue;
      stored = store_.try_read(position);
      if (!stored) continue;
    }
    bytes += stored->message.stored_size();
    messages.push_back(got(position, stored->message));
  }
  co_return messages;
}

QueueCounts Queue::counts() const {
  QueueCounts counts{.ready = ready_count(),
                     .unsettled = leases_.size() - leaving_,
                     .ready_bytes = ready_bytes(),
                     .consumers = static_cast<std::uint32_t>(consumers_.size()),
                     .delivered = delivered_,
                     .settled = settled_,
                     .returned = returned_};
  const QueueStore::Repetitions repetitions = store_.repetitions();
  counts.repeated = repetitions.dropped;
  counts.keys_forgotten_early = repetitions.keys_forgotten_early;
  for (std::size_t n = 0; n < levels_.size(); ++n) {
    const Offset end = store_.committed_end(static_cast<std::uint8_t>(n));
    counts.published += static_cast<std::uint64_t>(end - levels_[n].first_end);
  }
  return counts;
}

Result<std::uint64_t> Queue::begin_delete(QueueClient::DeleteCondition condition) {
  const std::string& name = info_->spec.name.name;
  const std::uint64_t ready = ready_count();
  if (condition.if_unused && !consumers_.empty()) {
    return fail(ErrorCode::conflict, fmt::format("queue {} is in use", name));
  }
  if (condition.if_empty && ready > 0) {
    return fail(ErrorCode::conflict, fmt::format("queue {} is not empty", name));
  }
  is_being_deleted_ = true;
  return ready;
}

}  // namespace koine::core
