// LocalSubscription: a consumer of a queue on its own shard: the queue calls its sink.
#pragma once

#include <memory>
#include <utility>

#include "core/queues/queue.h"
#include "core/queues/subscription.h"

namespace koine::core {

class LocalSubscription final : public Subscription {
 public:
  LocalSubscription(std::shared_ptr<Queue> queue, std::shared_ptr<QueueConsumer> consumer)
      : queue_(std::move(queue)), info_(queue_->info()), consumer_(std::move(consumer)) {}
  ~LocalSubscription() override { queue_->cancel(consumer_); }

  void resume() override { queue_->resume(*consumer_); }
  void add_credit(std::uint32_t count) override { queue_->add_credit(*consumer_, count); }
  Task<void> cancel() override {
    queue_->cancel(consumer_);
    co_return;
  }
  Task<void> cancel_and_return(Settlement::Kind kind) override {
    queue_->cancel(consumer_);
    queue_->return_leases(*consumer_, kind);
    co_return;
  }
  const QueuePtr& queue() const override { return info_; }

 private:
  std::shared_ptr<Queue> queue_;
  QueuePtr info_;
  std::shared_ptr<QueueConsumer> consumer_;
};

}  // namespace koine::core
