// LocalQueueClient: the QueueClient of one shard, owned by its Engine. The half that changes the catalog is in
// queue_client_catalog.cc: it calls shard 0, where changes are made. The half that moves messages is in
// queue_client_data.cc: it calls the queue's shard.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/catalog_change.h"
#include "core/idempotency.h"
#include "core/queues/queue_client.h"

namespace koine::core {

class Engine;

class LocalQueueClient final : public QueueClient {
 public:
  // `engine` owns this and outlives it.
  explicit LocalQueueClient(Engine& engine) : engine_(engine) {}

  Task<Result<QueuePtr>> declare_queue(QueueSpec spec) override {
    return declare_queue(std::move(spec), nullptr);
  }
  Task<Result<std::uint64_t>> delete_queue(Name name, DeleteCondition condition) override {
    return delete_queue(std::move(name), condition, nullptr);
  }
  Task<Result<ExchangePtr>> declare_exchange(ExchangeSpec spec) override {
    return declare_exchange(std::move(spec), nullptr);
  }
  Task<Result<>> delete_exchange(Name name, bool if_unused) override {
    return delete_exchange(std::move(name), if_unused, nullptr);
  }
  Task<Result<>> bind(Binding binding) override { return bind(std::move(binding), nullptr); }
  Task<Result<>> unbind(Binding binding) override { return unbind(std::move(binding), nullptr); }
  // The same, as a piece of a request with a key, in the commit of the change if there is one. The record of a deleted queue has
  // the number of its messages as its result.
  Task<Result<QueuePtr>> declare_queue(QueueSpec spec, IdempotentPiecePtr keyed);
  Task<Result<std::uint64_t>> delete_queue(Name name, DeleteCondition condition,
                                           IdempotentPiecePtr keyed);
  Task<Result<ExchangePtr>> declare_exchange(ExchangeSpec spec, IdempotentPiecePtr keyed);
  Task<Result<>> delete_exchange(Name name, bool if_unused, IdempotentPiecePtr keyed);
  Task<Result<>> bind(Binding binding, IdempotentPiecePtr keyed);
  Task<Result<>> unbind(Binding binding, IdempotentPiecePtr keyed);
  Task<void> release_owner(std::uint64_t owner) override;

  Task<Result<std::uint64_t>> purge_queue(QueuePtr queue) override;
  // As a piece of a request with a key; durable when it returns. The record's result is the number; nothing was there: no record. Errors:
  // not_found, conflict (it is being purged), too_large, no_space, io_error, closed.
  Task<Result<std::uint64_t>> purge_queue(QueuePtr queue, IdempotentPiecePtr keyed);
  Task<Result<QueueCounts>> counts(QueuePtr queue) override;
  Task<Result<Published>> publish(PublishBatch batch) override;
  Task<Result<>> durable(ShardId shard, std::shared_ptr<journal::Commit> commit) override;
  Task<Result<std::optional<GotMessage>>> get(QueuePtr queue, bool is_auto_ack) override;
  Task<Result<std::vector<GotMessage>>> peek(QueuePtr queue, std::uint32_t count) override;
  void settle(const QueuePtr& queue, std::span<const Settlement> settlements) override;
  Task<Result<>> settle_durably(QueuePtr queue, std::vector<Settlement> settlements) override;

 private:
  // queue_client_catalog.cc: on shard 0.
  LocalQueueClient& first();
  Task<Result<QueuePtr>> declare_queue_here(QueueSpec spec, IdempotentPiecePtr keyed);
  Task<Result<std::uint64_t>> delete_queue_here(Name name, DeleteCondition condition,
                                                IdempotentPiecePtr keyed);
  Task<Result<std::uint64_t>> delete_live(QueuePtr queue, DeleteCondition condition,
                                          IdempotentPiecePtr keyed);
  Task<Result<ExchangePtr>> declare_exchange_here(ExchangeSpec spec, IdempotentPiecePtr keyed);
  Task<Result<>> change_here(CatalogChange change, IdempotentPiecePtr keyed);
  Task<Result<>> bind_here(Binding binding, IdempotentPiecePtr keyed);
  Task<void> release_owner_here(std::uint64_t owner);
  Result<> check_virtual_host(std::string_view name) const;
  QueuePtr new_queue(QueueSpec spec);

  // queue_client_data.cc: on the queue's shard, after what was settled before.
  struct ToSettle {
    LogId queue;
    Settlement settlement;
  };
  template <typename T, typename F>
  Task<T> call(Engine& owner, F function);
  void flush_settlements(Engine& owner);
  // It was declared again, which counts as use.
  void touch(const QueueInfo& queue);

  Engine& engine_;
  std::unordered_map<ShardId, std::vector<ToSettle>> settlements_;  // for other shards, this turn's
  // Changes under way, which count against the limits.
  std::size_t queues_to_come_ = 0;
  std::size_t exchanges_to_come_ = 0;
  std::size_t bindings_to_come_ = 0;
};

}  // namespace koine::core
