#include "core/queues/lease_client.h"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <utility>

#include "base/byte_order.h"
#include "base/fields.h"
#include "core/engine.h"
#include "core/idempotency_log.h"
#include "core/queues/queue_fields.h"
#include "core/queues/shard_queues.h"
#include "core/scram.h"

namespace koine::core {

namespace {

constexpr std::size_t encoded_size = 25;
constexpr std::size_t text_size = 34;

// One of those that a request with a key has got.
struct KnownLease {
  QueuePosition position;
  std::uint64_t number = 0;
  bool is_redelivered = false;
};

std::vector<std::byte> note_of(std::span<const KnownLease> leases) {
  FieldWriter note;
  for (const KnownLease& lease : leases) {
    write_queue_position(note, lease.position);
    note.number(lease.number);
    note.boolean(lease.is_redelivered);
  }
  return note.take();
}

Result<std::vector<KnownLease>> leases_in(ByteView note) {
  FieldReader reader(note);
  std::vector<KnownLease> leases;
  while (reader.left() > 0) {
    KnownLease lease;
    TRY(lease.position, read_queue_position(reader));
    TRY(lease.number, reader.number<std::uint64_t>());
    TRY(lease.is_redelivered, reader.boolean());
    leases.push_back(lease);
  }
  return leases;
}

// As long as one of them lasts, which is not beyond the end of the process.
void remember(Engine& owner, const std::shared_ptr<Queue>& queue, const IdempotentPiece& piece,
              std::span<const LeasedMessage> leased) {
  std::vector<KnownLease> leases;
  for (const LeasedMessage& each : leased)
    leases.push_back({each.message.position, each.number, each.message.is_redelivered});
  IdempotencyRecord record{
      .piece = piece, .made_ms = owner.shard().wall_clock_ms(), .rejected = {}};
  record.piece.note = note_of(leases);
  owner.idempotency().remember(
      std::move(record), [leases = std::move(leases), held_in = std::weak_ptr(queue)] {
        const auto there = held_in.lock();
        return there != nullptr && std::ranges::any_of(leases, [&](const KnownLease& lease) {
                 return there->is_leased(lease.position, lease.number);
               });
      });
}

Task<Result<std::vector<LeasedMessage>>> lease_there(Engine& owner, QueuePtr queue,
                                                     LeaseRequest request,
                                                     std::shared_ptr<LeaseCall> call,
                                                     IdempotentPiecePtr keyed) {
  const auto live = owner.live_queues().find(queue->id());
  if (live == nullptr) co_return fail(ErrorCode::not_found, "the queue is gone");
  auto leased = co_await live->lease(std::move(call), request);
  if (keyed != nullptr && leased && !leased->empty()) remember(owner, live, *keyed, *leased);
  co_return leased;
}

Task<Result<std::vector<LeasedMessage>>> leased_before_there(Engine& owner, LogId queue,
                                                             IdempotencyRecord record) {
  const auto live = owner.live_queues().find(queue);
  if (live == nullptr) co_return fail(ErrorCode::not_found, "the queue is gone");
  CO_TRY(const auto leases, leases_in(record.piece.note));
  std::vector<LeasedMessage> leased;
  for (const KnownLease& lease : leases) {
    CO_TRY(auto message, co_await live->leased_message(lease.position, lease.number));
    if (!message) continue;
    message->is_redelivered = lease.is_redelivered;
    leased.push_back({std::move(*message), lease.number});
  }
  co_return leased;
}

Task<Result<std::vector<bool>>> settle_there(Engine& owner, LogId queue,
                                             std::vector<LeaseSettlement> settlements) {
  const auto live = owner.live_queues().find(queue);
  if (live == nullptr) co_return std::vector<bool>(settlements.size(), false);
  auto was_held = live->settle_leases(settlements);
  if (std::ranges::find(was_held, true) != was_held.end()) {
    CO_TRY(co_await owner.queues().durable());
  }
  co_return was_held;
}

}  // namespace

std::string LeaseId::to_string() const {
  std::array<std::byte, encoded_size> bytes{};
  store_be(bytes.data(), queue.value());
  bytes[8] = std::byte{position.level};
  store_be(bytes.data() + 9, static_cast<std::uint64_t>(position.offset.value()));
  store_be(bytes.data() + 17, number);
  std::string text = to_base64(bytes);
  // The alphabet of URLs (RFC 4648 5).
  std::erase(text, '=');
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::optional<LeaseId> LeaseId::parse(std::string_view text) {
  if (text.size() != text_size) return std::nullopt;
  std::string padded(text);
  std::ranges::replace(padded, '-', '+');
  std::ranges::replace(padded, '_', '/');
  const auto bytes = from_base64(padded + "==");
  if (!bytes || bytes->size() != encoded_size) return std::nullopt;
  LeaseId id;
  id.queue = LogId(load_be<std::uint64_t>(bytes->data()));
  id.position = {std::to_integer<std::uint8_t>((*bytes)[8]),
                 Offset(static_cast<std::int64_t>(load_be<std::uint64_t>(bytes->data() + 9)))};
  id.number = load_be<std::uint64_t>(bytes->data() + 17);
  return id;
}

Task<Result<std::vector<LeasedMessage>>> lease_messages(Engine& here, QueuePtr queue,
                                                        LeaseRequest request,
                                                        std::shared_ptr<LeaseCall> call,
                                                        IdempotentPiecePtr keyed) {
  Engine* const owner = &here.owner_of(queue->id());
  co_return co_await runtime::call_on<Result<std::vector<LeasedMessage>>>(
      here.shard(), owner->shard(), [owner, queue, request, call, keyed] {
        return lease_there(*owner, queue, request, call, keyed);
      });
}

Task<Result<std::vector<LeasedMessage>>> leased_before(Engine& here, QueuePtr queue,
                                                       IdempotencyRecord record) {
  Engine* const owner = &here.owner_of(queue->id());
  co_return co_await runtime::call_on<Result<std::vector<LeasedMessage>>>(
      here.shard(), owner->shard(),
      [owner, id = queue->id(), record = std::move(record)]() mutable {
        return leased_before_there(*owner, id, std::move(record));
      });
}

void cancel_lease_call(Engine& here, const QueueInfo& queue, std::shared_ptr<LeaseCall> call) {
  here.owner_of(queue.id()).shard().reactor().post([call = std::move(call)] {
    call->is_cancelled = true;
    if (call->lessee != nullptr) call->lessee->finish();
  });
}

Task<Result<std::vector<bool>>> settle_leases(Engine& here, std::vector<LeaseEnd> ends) {
  struct Part {
    std::vector<LeaseSettlement> settlements;
    std::vector<std::size_t> places;
  };
  std::map<LogId, Part> parts;
  for (std::size_t n = 0; n < ends.size(); ++n) {
    const auto& [lease, kind] = ends[n];
    parts[lease.queue].settlements.push_back({{lease.position, kind}, lease.number});
    parts[lease.queue].places.push_back(n);
  }
  std::vector<bool> was_held(ends.size());
  for (auto& [queue, part] : parts) {
    // Of a queue that never was: nobody has it.
    const QueuePtr known = here.catalog().queues().find(queue);
    if (known == nullptr) continue;
    Engine* const owner = &here.owner_of(queue);
    CO_TRY(const auto held,
           co_await runtime::call_on<Result<std::vector<bool>>>(
               here.shard(), owner->shard(),
               [owner, id = known->id(), settlements = std::move(part.settlements)]() mutable {
                 return settle_there(*owner, id, std::move(settlements));
               }));
    for (std::size_t n = 0; n < held.size(); ++n) was_held[part.places[n]] = held[n];
  }
  co_return was_held;
}

Task<Result<SettledOnce>> settle_leases_once(Engine& here, LogId queue, std::vector<LeaseEnd> ends,
                                             IdempotentPiecePtr keyed, KnownCopies copies) {
  Engine* const owner = &here.owner_of(queue);
  co_return co_await runtime::call_on<Result<SettledOnce>>(
      here.shard(), owner->shard(),
      [owner, queue, ends = std::move(ends), keyed = std::move(keyed),
       copies = std::move(copies)]() mutable {
        return owner->live_queues().settle_once(queue, std::move(ends), std::move(keyed),
                                                std::move(copies));
      });
}

Task<bool> extend_lease(Engine& here, LeaseId lease, Duration duration) {
  if (here.catalog().queues().find(lease.queue) == nullptr) co_return false;
  Engine* const owner = &here.owner_of(lease.queue);
  co_return co_await runtime::call_on<bool>(
      here.shard(), owner->shard(),
      // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): call_on keeps it alive.
      [owner, lease, duration]() -> Task<bool> {
        const auto live = owner->live_queues().find(lease.queue);
        co_return live != nullptr && live->extend_lease(lease.position, lease.number, duration);
      });
}

}  // namespace koine::core
