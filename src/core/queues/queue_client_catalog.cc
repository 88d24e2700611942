// The half of the client that changes the catalog: every change is made on shard 0, by the catalog's writer.

#include <fmt/format.h>

#include <utility>

#include "core/engine.h"
#include "core/engine_logs.h"
#include "core/queues/local_queue_client.h"
#include "core/routing/exchange_check.h"

namespace koine::core {
namespace {

// How long a change that must happen waits after the disk refused it.
constexpr Duration retry_interval = std::chrono::seconds(1);

Result<> check_room(std::string_view what, std::string_view setting, std::size_t total,
                    std::size_t limit) {
  if (total < limit) return {};
  return fail(ErrorCode::too_large,
              fmt::format("there are {} {}, which is the limit ({})", total, what, setting));
}

// Counts as long as it lives.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  std::size_t& count_;
};

}  // namespace

LocalQueueClient& LocalQueueClient::first() { return engine_.first().queue_client(); }

Result<> LocalQueueClient::check_virtual_host(std::string_view name) const {
  if (engine_.catalog().has_virtual_host(name)) return {};
  return fail(ErrorCode::not_found, fmt::format("no vhost '{}'", name));
}

// What is there already is answered without asking shard 0: a queue is open before any catalog has it.
Task<Result<QueuePtr>> LocalQueueClient::declare_queue(QueueSpec spec, IdempotentPiecePtr keyed) {
  if (QueuePtr known = engine_.catalog().queues().find(spec.name)) {
    touch(*known);
    co_return known;
  }
  co_return co_await runtime::call_on<Result<QueuePtr>>(
      engine_.shard(), engine_.first().shard(),
      [first = &first(), spec = std::move(spec), keyed = std::move(keyed)]() mutable {
        return first->declare_queue_here(std::move(spec), std::move(keyed));
      });
}

QueuePtr LocalQueueClient::new_queue(QueueSpec spec) {
  const ShardId shard = engine_.owner_of_queue(spec.name).shard().id();
  auto queue = std::make_shared<QueueInfo>();
  const std::size_t level_count = std::size_t{spec.settings.priority_max} + 1;
  queue->logs.reserve(level_count);
  for (std::size_t level = 0; level < level_count; ++level)
    queue->logs.push_back(queue_log_id(shard, engine_.take_log_sequence(shard)));
  queue->spec = std::move(spec);
  queue->created_ms = engine_.shard().wall_clock_ms();
  return queue;
}

Task<Result<QueuePtr>> LocalQueueClient::declare_queue_here(QueueSpec spec,
                                                            IdempotentPiecePtr keyed) {
  CO_TRY(check_virtual_host(spec.name.vhost));
  const QueueTable& queues = engine_.catalog().queues();
  const Name name = spec.name;
  while (true) {
    if (QueuePtr known = queues.find(name)) co_return known;
    CO_TRY(check_room("queues", "queues.max", queues.size() + queues_to_come_,
                      engine_.options().queues_total_max));
    const Counted counted(queues_to_come_);
    const QueuePtr queue = new_queue(spec);
    CO_TRY(engine_.catalog().check(AddQueue{queue}));
    auto added = co_await engine_.catalog_writer().change(AddQueue{queue}, keyed);
    if (added) co_return queue;
    // Somebody else was faster; and perhaps it is deleted again.
    if (added.error().code() != ErrorCode::already_exists) co_return fail(std::move(added).error());
  }
}

Task<Result<std::uint64_t>> LocalQueueClient::delete_queue(Name name, DeleteCondition condition,
                                                           IdempotentPiecePtr keyed) {
  co_return co_await runtime::call_on<Result<std::uint64_t>>(
      engine_.shard(), engine_.first().shard(),
      [first = &first(), name = std::move(name), condition, keyed = std::move(keyed)]() mutable {
        return first->delete_queue_here(std::move(name), condition, std::move(keyed));
      });
}

Task<Result<std::uint64_t>> LocalQueueClient::delete_queue_here(Name name,
                                                                DeleteCondition condition,
                                                                IdempotentPiecePtr keyed) {
  const QueuePtr queue = engine_.catalog().queues().find(name);
  if (queue == nullptr) {
    co_return fail(ErrorCode::not_found,
                   fmt::format("no queue '{}' in vhost '{}'", name.name, name.vhost));
  }
  co_return co_await delete_live(queue, condition, std::move(keyed));
}

Task<Result<std::uint64_t>> LocalQueueClient::delete_live(QueuePtr queue, DeleteCondition condition,
                                                          IdempotentPiecePtr keyed) {
  Engine* owner = &engine_.owner_of(queue->id());
  CO_TRY(
      const std::uint64_t ready,
      co_await runtime::call_on<Result<std::uint64_t>>(
          engine_.shard(), owner->shard(),
          // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): call_on keeps it alive.
          [owner, queue, condition]() -> Task<Result<std::uint64_t>> {
            if (owner->queue_owner() == nullptr) co_return 0;
            co_return owner->queue_owner()->begin_delete(*queue, condition);
          }));
  auto removed = co_await engine_.catalog_writer().change(
      RemoveQueue{queue->id()}, std::move(keyed), static_cast<std::int64_t>(ready));
  if (removed) co_return ready;
  co_await runtime::call_on<bool>(
      engine_.shard(), owner->shard(),
      // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): call_on keeps it alive.
      [owner, queue]() -> Task<bool> {
        if (owner->queue_owner() != nullptr) owner->queue_owner()->abort_delete(*queue);
        co_return true;
      });
  co_return fail(std::move(removed).error());
}

Task<Result<ExchangePtr>> LocalQueueClient::declare_exchange(ExchangeSpec spec,
                                                             IdempotentPiecePtr keyed) {
  if (ExchangePtr known = engine_.catalog().routing().find_exchange(spec.name)) co_return known;
  co_return co_await runtime::call_on<Result<ExchangePtr>>(
      engine_.shard(), engine_.first().shard(),
      [first = &first(), spec = std::move(spec), keyed = std::move(keyed)]() mutable {
        return first->declare_exchange_here(std::move(spec), std::move(keyed));
      });
}

Task<Result<ExchangePtr>> LocalQueueClient::declare_exchange_here(ExchangeSpec spec,
                                                                  IdempotentPiecePtr keyed) {
  CO_TRY(check_virtual_host(spec.name.vhost));
  const RoutingGraph& routing = engine_.catalog().routing();
  const ExchangePtr exchange = std::make_shared<const ExchangeSpec>(std::move(spec));
  while (true) {
    if (ExchangePtr known = routing.find_exchange(exchange->name)) co_return known;
    CO_TRY(check_room("exchanges", "exchanges.max", routing.exchange_count() + exchanges_to_come_,
                      engine_.options().exchanges_total_max));
    const Counted counted(exchanges_to_come_);
    CO_TRY(engine_.catalog().check(AddExchange{exchange}));
    auto added = co_await engine_.catalog_writer().change(AddExchange{exchange}, keyed);
    if (added) co_return exchange;
    const bool was_faster = added.error().code() == ErrorCode::already_exists &&
                            engine_.catalog().find_topic(exchange->name) == nullptr;
    if (!was_faster) co_return fail(std::move(added).error());
  }
}

// Checked before: what can't be done now isn't written down.
Task<Result<>> LocalQueueClient::change_here(CatalogChange change, IdempotentPiecePtr keyed) {
  CO_TRY(engine_.catalog().check(change));
  co_return co_await engine_.catalog_writer().change(std::move(change), std::move(keyed));
}

Task<Result<>> LocalQueueClient::delete_exchange(Name name, bool if_unused,
                                                 IdempotentPiecePtr keyed) {
  co_return co_await runtime::call_on<Result<>>(
      engine_.shard(), engine_.first().shard(),
      [first = &first(), change = RemoveExchange{std::move(name), if_unused},
       keyed = std::move(keyed)]() mutable {
        return first->change_here(std::move(change), std::move(keyed));
      });
}

Task<Result<>> LocalQueueClient::bind(Binding binding, IdempotentPiecePtr keyed) {
  co_return co_await runtime::call_on<Result<>>(
      engine_.shard(), engine_.first().shard(),
      [first = &first(), binding = std::move(binding), keyed = std::move(keyed)]() mutable {
        return first->bind_here(std::move(binding), std::move(keyed));
      });
}

Task<Result<>> LocalQueueClient::bind_here(Binding binding, IdempotentPiecePtr keyed) {
  const RoutingGraph& routing = engine_.catalog().routing();
  CO_TRY(check_room("bindings", "bindings.max", routing.binding_count() + bindings_to_come_,
                    engine_.options().bindings_total_max));
  const Counted counted(bindings_to_come_);
  co_return co_await change_here(AddBinding{std::move(binding)}, std::move(keyed));
}

Task<Result<>> LocalQueueClient::unbind(Binding binding, IdempotentPiecePtr keyed) {
  co_return co_await runtime::call_on<Result<>>(
      engine_.shard(), engine_.first().shard(),
      [first = &first(), change = RemoveBinding{std::move(binding)},
       keyed = std::move(keyed)]() mutable {
        return first->change_here(std::move(change), std::move(keyed));
      });
}

Task<void> LocalQueueClient::release_owner(std::uint64_t owner) {
  co_await runtime::call_on<bool>(
      engine_.shard(), engine_.first().shard(),
      // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): call_on keeps it alive.
      [first = &first(), owner]() -> Task<bool> {
        co_await first->release_owner_here(owner);
        co_return true;
      });
}

// A disk that is full for a while must not leave queues that nobody can use: tried again until it works, or until the server
// stops; the next start forgets them.
Task<void> LocalQueueClient::release_owner_here(std::uint64_t owner) {
  for (const QueuePtr& queue : engine_.catalog().queues().owned_by(owner)) {
    while (true) {
      const auto deleted = co_await delete_live(queue, {}, nullptr);
      if (deleted || deleted.error().code() != ErrorCode::no_space) break;
      if (co_await engine_.shard().sleep_for(retry_interval) == runtime::Wake::notified) co_return;
    }
  }
}

}  // namespace koine::core
