// LocalQueueClient: the QueueClient of one shard, owned by its Engine. The half that changes the catalog is in
// queue_client_catalog.cc: it calls shard 0, where changes are made. The half that moves messages is in
// queue_client_data.cc: it calls the queue's shard.
#pragma once

#include "core/queues/queue_client.h"

namespace koine::core {

class Engine;

class LocalQueueClient final : public QueueClient {
 public:
  // `engine` owns this and outlives it.
  explicit LocalQueueClient(Engine& engine) : engine_(engine) {}

  Task<Result<QueuePtr>> declare_queue(QueueSpec spec) override;
  Task<Result<std::uint64_t>> delete_queue(Name name, DeleteCondition condition) override;
  Task<Result<ExchangePtr>> declare_exchange(ExchangeSpec spec) override;
  Task<Result<>> delete_exchange(Name name, bool if_unused) override;
  Task<Result<>> bind(Binding binding) override;
  Task<Result<>> unbind(Binding binding) override;
  Task<void> release_owner(std::uint64_t owner) override;

  Task<Result<std::uint64_t>> purge_queue(QueuePtr queue) override;
  Task<Result<QueueCounts>> counts(QueuePtr queue) override;
  Task<Result<Published>> publish(PublishBatch batch) override;
  Task<Result<>> durable(ShardId shard, std::shared_ptr<journal::Commit> commit) override;
  Task<Result<std::optional<GotMessage>>> get(QueuePtr queue, bool is_auto_ack) override;
  Task<Result<std::vector<GotMessage>>> peek(QueuePtr queue, std::uint32_t count) override;
  void settle(const QueuePtr& queue, std::span<const Settlement> settlements) override;
  Task<Result<>> settle_durably(QueuePtr queue, std::vector<Settlement> settlements) override;

 private:
  Engine& engine_;
};

}  // namespace koine::core
