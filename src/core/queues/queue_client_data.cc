// The half of the client that moves messages: everything is done by the ShardQueues of the queue's shard.

#include <utility>

#include "core/engine.h"
#include "core/queues/local_queue_client.h"
#include "core/queues/shard_queues.h"

namespace koine::core {
namespace {

// So many settlements for another shard are sent before the turn is over.
constexpr std::size_t settlements_per_post_max = 1024;

std::unexpected<Error> no_queue(const QueueInfo& queue) {
  return fail(ErrorCode::not_found,
              "no queue '" + queue.spec.name.name + "' in vhost '" + queue.spec.name.vhost + "'");
}

Task<Result<std::uint64_t>> purge_there(Engine& owner, QueuePtr queue) {
  const auto live = owner.live_queues().find(queue->id());
  if (live == nullptr) co_return no_queue(*queue);
  co_return co_await live->purge();
}

Task<Result<QueueCounts>> count_there(Engine& owner, QueuePtr queue) {
  const auto live = owner.live_queues().find(queue->id());
  if (live == nullptr) co_return no_queue(*queue);
  co_return live->counts();
}

Task<Result<std::optional<GotMessage>>> get_there(Engine& owner, QueuePtr queue, bool is_auto_ack) {
  const auto live = owner.live_queues().find(queue->id());
  if (live == nullptr) co_return no_queue(*queue);
  co_return co_await live->get(is_auto_ack);
}

Task<Result<std::vector<GotMessage>>> peek_there(Engine& owner, QueuePtr queue,
                                                 std::uint32_t count) {
  const auto live = owner.live_queues().find(queue->id());
  if (live == nullptr) co_return no_queue(*queue);
  co_return co_await live->peek(count);
}

}  // namespace

// What was settled before a call is settled before it.
void LocalQueueClient::flush_settlements(Engine& owner) {
  const auto found = settlements_.find(owner.shard().id());
  if (found == settlements_.end() || found->second.empty()) return;
  owner.shard().reactor().post([&owner, batch = std::exchange(found->second, {})] {
    for (const ToSettle& each : batch) {
      owner.live_queues().settle(each.queue, {&each.settlement, 1});
    }
  });
}

void LocalQueueClient::touch(const QueueInfo& queue) {
  if (!queue.spec.settings.expires_ms) return;
  Engine& owner = engine_.owner_of(queue.id());
  owner.shard().reactor().post([&owner, id = queue.id()] {
    if (const auto live = owner.live_queues().find(id)) live->touch();
  });
}

template <typename T, typename F>
Task<T> LocalQueueClient::call(Engine& owner, F function) {
  flush_settlements(owner);
  co_return co_await runtime::call_on<T>(engine_.shard(), owner.shard(), std::move(function));
}

Task<Result<std::uint64_t>> LocalQueueClient::purge_queue(QueuePtr queue) {
  Engine& owner = engine_.owner_of(queue->id());
  co_return co_await call<Result<std::uint64_t>>(
      owner, [&owner, queue] { return purge_there(owner, queue); });
}

Task<Result<std::uint64_t>> LocalQueueClient::purge_queue(QueuePtr queue,
                                                          IdempotentPiecePtr keyed) {
  Engine& owner = engine_.owner_of(queue->id());
  co_return co_await call<Result<std::uint64_t>>(
      owner, [&owner, id = queue->id(), keyed = std::move(keyed)]() mutable {
        return owner.live_queues().purge(id, std::move(keyed));
      });
}

Task<Result<QueueCounts>> LocalQueueClient::counts(QueuePtr queue) {
  Engine& owner = engine_.owner_of(queue->id());
  co_return co_await call<Result<QueueCounts>>(
      owner, [&owner, queue] { return count_there(owner, queue); });
}

Task<Result<Published>> LocalQueueClient::publish(PublishBatch batch) {
  if (batch.empty()) co_return Published{};
  const LogId first = batch.items().empty() ? batch.settlements().front().queue
                                            : batch.targets_of(batch.items().front()).front();
  Engine& owner = engine_.owner_of(first);
  if (&owner == &engine_) co_return co_await owner.live_queues().publish(std::move(batch));
  co_return co_await call<Result<Published>>(owner, [&owner, batch = std::move(batch)]() mutable {
    return owner.live_queues().publish(std::move(batch));
  });
}

Task<Result<>> LocalQueueClient::durable(ShardId shard, std::shared_ptr<journal::Commit> commit) {
  if (commit == nullptr) co_return Result<>{};
  if (shard == engine_.shard().id()) co_return co_await journal::done(std::move(commit));
  Engine* owner = engine_.all()[shard.value()];
  co_return co_await runtime::call_on<Result<>>(
      engine_.shard(), owner->shard(),
      [commit = std::move(commit)]() mutable { return journal::done(std::move(commit)); });
}

Task<Result<std::optional<GotMessage>>> LocalQueueClient::get(QueuePtr queue, bool is_auto_ack) {
  Engine& owner = engine_.owner_of(queue->id());
  co_return co_await call<Result<std::optional<GotMessage>>>(
      owner, [&owner, queue, is_auto_ack] { return get_there(owner, queue, is_auto_ack); });
}

Task<Result<std::vector<GotMessage>>> LocalQueueClient::peek(QueuePtr queue, std::uint32_t count) {
  Engine& owner = engine_.owner_of(queue->id());
  co_return co_await call<Result<std::vector<GotMessage>>>(
      owner, [&owner, queue, count] { return peek_there(owner, queue, count); });
}

void LocalQueueClient::settle(const QueuePtr& queue, std::span<const Settlement> settlements) {
  Engine& owner = engine_.owner_of(queue->id());
  if (&owner == &engine_) {
    owner.live_queues().settle(queue->id(), settlements);
    return;
  }
  auto& waiting = settlements_[owner.shard().id()];
  const bool is_first = waiting.empty();
  for (const Settlement& settlement : settlements) waiting.push_back({queue->id(), settlement});
  if (waiting.size() >= settlements_per_post_max) {
    flush_settlements(owner);
  } else if (is_first) {
    engine_.shard().reactor().post([this, &owner] { flush_settlements(owner); });
  }
}

Task<Result<>> LocalQueueClient::settle_durably(QueuePtr queue,
                                                std::vector<Settlement> settlements) {
  Engine& owner = engine_.owner_of(queue->id());
  co_return co_await call<Result<>>(
      owner, [&owner, id = queue->id(), settlements = std::move(settlements)]() mutable {
        return owner.live_queues().settle_durably(id, std::move(settlements));
      });
}

}  // namespace koine::core
