#include "lease_clients.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/started.h"

namespace koine::simulation {
namespace {

constexpr std::uint64_t messages_max = 10;
constexpr std::uint64_t wait_max_ms = 20;
constexpr std::uint64_t short_max_ms = 40;
constexpr std::uint64_t long_ms = 10'000;
// A call arrives within that time.
constexpr WallTimeMs sure_ms = 2;

}  // namespace

Task<Result<>> LeaseUser::lease(Process& process, core::Engine& home) {
  const core::QueuePtr queue = choose_queue(home);
  if (queue == nullptr) co_return Result<>{};
  const bool is_cancelled = numbers_.chance(0.1);
  // Who cancels hears late of what it has.
  const std::uint64_t duration_ms =
      is_cancelled || numbers_.chance(0.3) ? long_ms : numbers_.between(4, short_max_ms);
  const auto wait_ms = numbers_.coin() ? numbers_.below(wait_max_ms) : 0;
  const core::LeaseRequest request{
      .messages_max = static_cast<std::uint32_t>(numbers_.between(1, messages_max)),
      .wait = std::chrono::milliseconds(wait_ms),
      .duration = std::chrono::milliseconds(duration_ms) / (queues_.shortens_leases() ? 2 : 1)};
  const auto call = std::make_shared<core::LeaseCall>();
  const WallTimeMs asked_ms = home.shard().wall_clock_ms();
  auto leasing =
      runtime::start(process.clients(), core::lease_messages(home, queue, request, call));
  if (is_cancelled) {
    co_await home.shard().sleep_for(std::chrono::milliseconds(numbers_.below(wait_ms + 1)));
    core::cancel_lease_call(home, *queue, call);
  }
  CO_TRY(const auto leased, co_await leasing.result());
  if (process.is_dead()) co_return Result<>{};
  const WallTimeMs until_ms = asked_ms + static_cast<WallTimeMs>(duration_ms);
  for (const core::LeasedMessage& each : leased)
    keep(*queue, each, until_ms, home.shard().wall_clock_ms());
  co_return Result<>{};
}

void LeaseUser::keep(const core::QueueInfo& queue, const core::LeasedMessage& leased,
                     WallTimeMs until_ms, WallTimeMs now_ms) {
  const auto message = core::decode_message(leased.message.stored.view());
  if (!message) return ledger_.violation("what was leased is no message");
  const auto id = queues_.received(queue,
                                   {.position = leased.message.position,
                                    .message = *message,
                                    .is_redelivered = leased.message.is_redelivered,
                                    .failures = leased.message.failed_deliveries},
                                   number_, now_ms);
  if (!id) return;
  queues_.leased(*id, leased.number, until_ms);
  held_.push_back(
      {.copy = *id,
       .lease = {.queue = queue.id(), .position = leased.message.position, .number = leased.number},
       .until_ms = until_ms});
}

// From now on: it may be for a shorter time than before.
Task<Result<>> LeaseUser::extend(Process& process, core::Engine& home) {
  if (held_.empty()) co_return Result<>{};
  const std::size_t n = numbers_.below(held_.size());
  const Held held = held_[n];
  const auto duration_ms = static_cast<WallTimeMs>(numbers_.between(4, short_max_ms));
  const WallTimeMs until_ms = home.shard().wall_clock_ms() + duration_ms;
  if (queues_.has_lease(held.copy, held.lease.number)) queues_.extending(held.copy, until_ms);
  const bool is_held =
      co_await core::extend_lease(home, held.lease, std::chrono::milliseconds(duration_ms));
  if (process.is_dead()) co_return Result<>{};
  if (!is_held) {
    queues_.lost_lease(held.copy, held.lease.number, home.shard().wall_clock_ms());
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(n));
    co_return Result<>{};
  }
  held_[n].until_ms = until_ms;
  if (!queues_.has_lease(held.copy, held.lease.number))
    ledger_.violation("a lease was extended that was over");
  else
    queues_.extended(held.copy, until_ms);
  co_return Result<>{};
}

LeaseUser::Kind LeaseUser::choose_kind() {
  const std::uint64_t choice = numbers_.below(10);
  if (choice < 6) return Kind::ack;
  if (choice < 8) return Kind::requeue;
  return choice < 9 ? Kind::requeue_failed : Kind::dead_letter;
}

void LeaseUser::note_settled(const Held& held, Kind kind, bool was_sure, bool was_held,
                             WallTimeMs now_ms) {
  if (was_sure) {
    const MessageCopy& copy = queues_.copy(held.copy);
    if (!was_held && !queues_.is_deleted(copy.queue))
      ledger_.violation(fmt::format("queue {}: message {} was leased, and lost before its time",
                                    copy.queue_name, copy.number));
  } else if (!was_held) {
    return queues_.lost_lease(held.copy, held.lease.number, now_ms);
  } else if (!queues_.has_lease(held.copy, held.lease.number)) {
    // What was given back somebody else may have by now.
    if (kind == Kind::ack) ledger_.violation("a message was acked by a lease that was over");
    return;
  } else {
    queues_.settling(held.copy, kind);
  }
  if (was_held && kind == Kind::ack) queues_.settled_durably(held.copy, kind, 0);
}

// Who is in time settles for sure. Otherwise only the answer tells, and only of acks: what else is said late is what
// happens by itself.
Task<Result<>> LeaseUser::settle(Process& process, core::Engine& home) {
  std::vector<Held> picked;
  if (held_.empty()) co_return Result<>{};
  const LogId queue = held_[numbers_.below(held_.size())].lease.queue;
  const double share = numbers_.chance(0.3) ? 1.0 : 0.4;
  std::erase_if(held_, [&](const Held& held) {
    if (held.lease.queue != queue || !numbers_.chance(share)) return false;
    picked.push_back(held);
    return true;
  });
  if (picked.empty()) co_return Result<>{};
  std::vector<core::LeaseEnd> ends;
  std::vector<bool> sure;
  for (const Held& held : picked) {
    const bool is_sure = home.shard().wall_clock_ms() + sure_ms < held.until_ms;
    Kind kind = choose_kind();
    if (!is_sure && kind != Kind::ack) kind = Kind::requeue_failed;
    if (is_sure)
      queues_.settling(held.copy, kind);
    else if (kind == Kind::ack)
      queues_.may_leave(held.copy);
    else if (queues_.has_lease(held.copy, held.lease.number))
      queues_.extending(held.copy, home.shard().wall_clock_ms());
    ends.push_back({.lease = held.lease, .kind = kind});
    sure.push_back(is_sure);
  }
  CO_TRY(const auto was_held, co_await core::settle_leases(home, ends));
  if (process.is_dead()) co_return Result<>{};
  for (std::size_t n = 0; n < picked.size(); ++n) {
    note_settled(picked[n], ends[n].kind, sure[n], was_held[n], home.shard().wall_clock_ms());
  }
  co_return Result<>{};
}

Task<void> LeaseUser::act(Process& process, core::Engine& home) {
  Result<> outcome;
  const std::uint64_t choice = numbers_.below(10);
  if (choice < 4)
    outcome = co_await lease(process, home);
  else if (choice < 8)
    outcome = co_await settle(process, home);
  else if (choice < 9)
    outcome = co_await extend(process, home);
  if (!outcome) check_refusal(process, "leasing", outcome.error());
}

}  // namespace koine::simulation
