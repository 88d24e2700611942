#include "core/queues/delayed_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>

#include "core/engine.h"
#include "core/engine_logs.h"
#include "core/queues/moved_messages.h"
#include "core/routing/router.h"
#include "runtime/turn.h"

namespace koine::core {
namespace {

// Of one commit.
constexpr std::size_t batch_messages_max = 512;
constexpr std::size_t batch_bytes_max = 128 * KiB;
// In one step, so that what is due does not wait for it.
constexpr std::size_t reads_max = 1024;
constexpr Duration retry_interval = std::chrono::milliseconds(500);
// The wall clock may be set: it is looked at so often.
constexpr std::int64_t sleep_ms_max = 60'000;

QueuePtr queue_of(ShardId shard) {
  auto queue = std::make_shared<QueueInfo>();
  for (std::size_t slot = 0; slot < delay_slot_count; ++slot)
    queue->logs.push_back(delayed_log_id(shard, static_cast<std::uint8_t>(slot)));
  return queue;
}

}  // namespace

DelayedQueue::DelayedQueue(Engine& engine, Queues& stores, runtime::Gate& gate)
    : engine_(engine), stores_(stores), gate_(gate), changed_(engine.shard().reactor()) {}

DelayedQueue::~DelayedQueue() = default;

void DelayedQueue::open() { store_ = &stores_.open(queue_of(engine_.shard().id())); }

void DelayedQueue::start() {
  if (store_ == nullptr || is_ended_) return;
  store_->observe(this);
  gate_.spawn(run());
}

void DelayedQueue::end() {
  is_ended_ = true;
  if (store_ != nullptr) store_->observe(nullptr);
  changed_.notify_all();
}

void DelayedQueue::on_stored(std::uint8_t slot) {
  if (slots_[slot].due_ms && !is_read(slot)) return;
  has_news_ = true;
  changed_.notify_all();
}

bool DelayedQueue::is_open(std::uint8_t slot) const {
  const auto& due_ms = slots_[slot].due_ms;
  return due_ms && slot_opens_ms(slot, *due_ms) <= engine_.shard().wall_clock_ms();
}

Task<void> DelayedQueue::run() {
  io::Reactor& reactor = engine_.shard().reactor();
  while (!is_ended_) {
    const auto is_more = co_await step();
    if (is_ended_) break;
    if (!is_more) {
      co_await changed_.wait(reactor.now() + retry_interval);
    } else if (*is_more || has_news_) {
      co_await runtime::next_turn(reactor);
    } else {
      co_await changed_.wait(next_time());
    }
  }
}

Task<Result<bool>> DelayedQueue::step() {
  now_ms_ = engine_.shard().wall_clock_ms();
  has_news_ = false;
  bool is_more = false;
  for (std::size_t n = 0; n < delay_slot_count; ++n) {
    const auto slot = static_cast<std::uint8_t>(n);
    if (!slots_[slot].due_ms) CO_TRY(co_await look_at(slot));
    if (!is_open(slot)) continue;
    if (is_read(slot) && !slots_[slot].is_full) {
      CO_TRY(const bool is_rest, co_await read_near(slot));
      is_more = is_more || is_rest;
      continue;
    }
    if (is_read(slot) && slot_ends_ms(slot, *slots_[slot].due_ms) > now_ms_) continue;
    CO_TRY(co_await move(rest_of(slot)));
    slots_[slot] = {};
    is_more = true;
  }
  auto due = due_now();
  if (due.empty()) co_return is_more;
  CO_TRY(const std::size_t count, co_await move(std::move(due)));
  auto end = near_.begin();
  std::advance(end, count);
  near_.erase(near_.begin(), end);
  co_return true;
}

Task<Result<>> DelayedQueue::look_at(std::uint8_t slot) {
  const auto first = store_->next_unsettled({slot, store_->first_unsettled(slot)});
  if (!first) co_return Result<>{};
  CO_TRY(const auto message, co_await read(*first));
  // Damaged: the next one will be looked at.
  if (!message) co_return Result<>{};
  const WallTimeMs due_ms = message->held.delay.due_ms;
  // What is overdue comes without being read before.
  slots_[slot] = {.due_ms = due_ms,
                  .indexed = first->offset,
                  .is_full = tier_of(slot).first == 0 && slot_ends_ms(slot, due_ms) <= now_ms_};
  co_return Result<>{};
}

// Whether there is more to be read now. When all of it is gone the slot is empty again.
Task<Result<bool>> DelayedQueue::read_near(std::uint8_t number) {
  Slot& slot = slots_[number];
  for (std::size_t n = 0; n < reads_max; ++n) {
    const auto next = store_->next_unsettled({number, slot.indexed});
    if (!next) {
      if (store_->first_unsettled(number) == store_->committed_end(number)) slot = {};
      co_return false;
    }
    if (near_.size() >= engine_.options().delayed_near_max) {
      slot.is_full = true;
      co_return false;
    }
    CO_TRY(const auto message, co_await read(*next));
    if (message) near_.emplace(message->held.delay.due_ms, *next);
    slot.indexed = next->offset + 1;
  }
  co_return true;
}

Task<Result<std::optional<DelayedQueue::Read>>> DelayedQueue::read(QueuePosition position) {
  auto stored = store_->try_read(position);
  while (!stored) {
    const auto loaded = co_await store_->load(position);
    if (!loaded && loaded.error().code() != ErrorCode::corrupt) co_return fail(loaded.error());
    if (!loaded) break;
    stored = store_->try_read(position);
  }
  if (stored) {
    auto held = read_held(stored->message);
    if (held) co_return Read{std::move(*stored), std::move(*held)};
  }
  store_->settle(position, 0);
  if (const auto& on_notice = engine_.options().journal.on_notice) {
    on_notice(fmt::format("a delayed message is damaged, and lost: log {:#x}, offset {}",
                          delayed_log_id(engine_.shard().id(), position.level).value(),
                          position.offset.value()));
  }
  co_return std::optional<Read>();
}

std::vector<QueuePosition> DelayedQueue::due_now() const {
  std::vector<QueuePosition> positions;
  for (const auto& [due_ms, position] : near_) {
    if (due_ms > now_ms_ || positions.size() == batch_messages_max) break;
    positions.push_back(position);
  }
  return positions;
}

std::vector<QueuePosition> DelayedQueue::rest_of(std::uint8_t slot) const {
  std::vector<QueuePosition> positions;
  auto next = store_->next_unsettled({slot, store_->first_unsettled(slot)});
  while (next && positions.size() < batch_messages_max) {
    positions.push_back(*next);
    next = store_->next_unsettled({slot, next->offset + 1});
  }
  return positions;
}

Task<Result<std::size_t>> DelayedQueue::move(std::vector<QueuePosition> positions) {
  MovedMessages moved(engine_, stores_, MovedMessages::Oversize::drop);
  const LogId queue = store_->info()->id();
  std::size_t count = 0;
  for (std::size_t bytes = 0;
       count < positions.size() && bytes < batch_bytes_max && !moved.is_full(); ++count) {
    const QueuePosition position = positions[count];
    // Damaged meanwhile, or moved with the rest of its slot.
    if (store_->is_settled(position)) continue;
    CO_TRY(const auto message, co_await read(position));
    if (!message) continue;
    bytes += message->stored.message.stored_size();
    place(message->held, moved);
    moved.settle({queue, position, message->stored.message.body.size()});
  }
  if (moved.size() > 0) CO_TRY(co_await moved.move());
  co_return count;
}

void DelayedQueue::place(const HeldMessage& held, MovedMessages& moved) {
  if (held.delay.due_ms > engine_.shard().wall_clock_ms()) {
    moved.hold(held.message, held.delay);
  } else {
    route(held, moved);
  }
}

void DelayedQueue::route(const HeldMessage& held, MovedMessages& moved) {
  std::vector<std::byte> changed;
  const auto formed = due_form(held.message, engine_.shard().wall_clock_ms(), changed);
  // What its publisher's protocol did not check goes on as it is.
  const MessageView& due = formed ? *formed : held.message;
  const auto summary = summarize_properties(due.properties);
  RoutingQuestion question{.vhost = held.delay.vhost,
                           .exchange = held.delay.exchange,
                           .routing_key = due.routing_key,
                           .headers = summary ? summary->headers : ByteView{},
                           .properties = due.properties};
  Route route;
  // An exchange or a queue that is gone leads nowhere.
  (void)find_route(engine_.catalog(), question, route);
  for (const std::string& key : held.delay.more_keys) {
    question.routing_key = key;
    (void)find_route(engine_.catalog(), question, route);
  }
  moved.add(due, route, held.delay.more_keys, held.delay.vhost);
}

MonotonicTime DelayedQueue::next_time() const {
  WallTimeMs next_ms = std::numeric_limits<WallTimeMs>::max();
  if (!near_.empty()) next_ms = near_.begin()->first;
  for (std::size_t n = 0; n < delay_slot_count; ++n) {
    const auto slot = static_cast<std::uint8_t>(n);
    const auto& due_ms = slots_[slot].due_ms;
    if (!due_ms) continue;
    if (!is_open(slot)) next_ms = std::min(next_ms, slot_opens_ms(slot, *due_ms));
    if (is_open(slot) && slots_[slot].is_full)
      next_ms = std::min(next_ms, slot_ends_ms(slot, *due_ms));
  }
  if (next_ms == std::numeric_limits<WallTimeMs>::max()) return never;
  const std::int64_t wait_ms =
      std::clamp<std::int64_t>(next_ms - engine_.shard().wall_clock_ms(), 0, sleep_ms_max);
  return engine_.shard().now() + std::chrono::milliseconds(wait_ms);
}

}  // namespace koine::core
