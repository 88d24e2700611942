// Leases that end as a piece of a request with a key (lease_client.h): acked and rejected in one commit with its record.

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/fields.h"
#include "core/engine.h"
#include "core/idempotency_log.h"
#include "core/queues/lease_client.h"
#include "core/queues/moved_messages.h"
#include "core/queues/shard_queues.h"

namespace koine::core {

namespace {

// The numbers of those that were not held, as a piece's note.
IdempotentPiecePtr with_lost(const IdempotentPiecePtr& piece, const std::vector<bool>& was_held) {
  if (std::ranges::find(was_held, false) == was_held.end()) return piece;
  auto lost = std::make_shared<IdempotentPiece>(*piece);
  lost->is_answer = false;
  FieldWriter numbers;
  for (std::uint32_t n = 0; n < was_held.size(); ++n) {
    if (!was_held[n]) numbers.number(n);
  }
  lost->note = numbers.take();
  return lost;
}

Result<SettledOnce> settled_before(const IdempotencyRecord& record, std::size_t count) {
  SettledOnce settled{.was_held = std::vector<bool>(count, true),
                      .is_kept = record.piece.is_answer};
  if (record.piece.is_answer) return settled;
  FieldReader numbers(record.piece.note);
  while (numbers.left() > 0) {
    TRY(const auto number, numbers.number<std::uint32_t>());
    if (number < count) settled.was_held[number] = false;
  }
  return settled;
}

// One that is ready, out of its order.
Task<Result<std::optional<Lease>>> pick(std::shared_ptr<Queue> queue, QueuePosition position) {
  CO_TRY(const auto message, co_await queue->look_at(position));
  if (!message) co_return std::nullopt;
  CO_TRY(const MessageView view, decode_message(message->stored.view()));
  if (!queue->pick(position, view.body.size())) co_return std::nullopt;
  co_return Lease{.position = position,
                  .body_size = static_cast<std::uint32_t>(view.body.size()),
                  .state = Lease::State::leaving};
}

}  // namespace

// What becomes of the messages of a request.
struct ShardQueues::Ending {
  std::shared_ptr<Queue> queue;
  std::vector<bool> was_held;
  std::vector<Settlement> returned;
  std::vector<Lease> leaving;
  std::vector<Lease> picked;  // leave, too: they were rejected before a crash
  std::set<QueuePosition> rejected;
};

Task<Result<>> ShardQueues::take_ends(Ending& ending, const std::vector<LeaseEnd>& ends,
                                      const KnownCopies& copies) {
  std::vector<QueuePosition> leaving;
  std::vector<std::size_t> known;
  for (std::size_t n = 0; n < ends.size(); ++n) {
    const auto& [lease, kind] = ends[n];
    const bool is_held = ending.queue->hold_lease(lease.position, lease.number);
    const bool is_rejected = kind == Settlement::Kind::dead_letter;
    ending.was_held.push_back(is_held);
    if (is_rejected) ending.rejected.insert(lease.position);
    if (is_rejected && !is_held && copies.has(lease.position)) known.push_back(n);
    if (!is_held) continue;
    if (kind == Settlement::Kind::requeue) {
      ending.returned.push_back({lease.position, kind});
    } else {
      leaving.push_back(lease.position);
    }
  }
  ending.leaving = ending.queue->begin_leaving(leaving);
  for (const std::size_t n : known) {
    CO_TRY(const auto picked, co_await pick(ending.queue, ends[n].lease.position));
    if (!picked) continue;
    ending.picked.push_back(*picked);
    ending.was_held[n] = true;
  }
  co_return Result<>{};
}

Task<Result<>> ShardQueues::settle_leaving(const Ending& ending, const KnownCopies& copies,
                                           IdempotentPiecePtr keyed) {
  const QueueInfo& info = *ending.queue->info();
  MovedMessages moved(engine_, stores_, MovedMessages::Oversize::drop);
  moved.set_known(copies);
  std::vector<Lease> leaving = ending.leaving;
  leaving.insert(leaving.end(), ending.picked.begin(), ending.picked.end());
  for (const Lease& lease : leaving) {
    if (ending.rejected.contains(lease.position) && info.spec.settings.dead_letter_exchange) {
      CO_TRY(const auto letter, co_await ending.queue->rejected_letter(lease));
      if (!letter) continue;
      if (moved.is_full()) {
        co_return fail(ErrorCode::too_large,
                       "the rejected messages are more than one commit takes; nothing was settled");
      }
      route_letter(info, *letter, moved);
    }
    moved.settle({info.id(), lease.position, lease.body_size});
  }
  moved.set_keyed(std::move(keyed));
  co_return co_await moved.move();
}

Task<Result<SettledOnce>> ShardQueues::settle_once(LogId queue, std::vector<LeaseEnd> ends,
                                                   IdempotentPiecePtr keyed, KnownCopies copies) {
  if (const auto done = engine_.idempotency().find(*keyed))
    co_return settled_before(*done, ends.size());
  Ending ending;
  ending.queue = find(queue);
  if (ending.queue == nullptr || is_closed_)
    co_return SettledOnce{.was_held = std::vector<bool>(ends.size(), false)};
  Result<> outcome = co_await take_ends(ending, ends, copies);
  const IdempotentPiecePtr piece = with_lost(keyed, ending.was_held);
  const bool leaves = !ending.leaving.empty() || !ending.picked.empty();
  if (outcome && leaves) outcome = co_await settle_leaving(ending, copies, piece);
  ending.queue->finish_leaving(ending.leaving, outcome.has_value());
  ending.queue->finish_picks(ending.picked, outcome.has_value());
  ending.queue->settle(ending.returned);
  if (!outcome) co_return fail(std::move(outcome).error());
  co_return SettledOnce{.was_held = std::move(ending.was_held),
                        .is_kept = leaves && piece->is_answer};
}

}  // namespace koine::core
