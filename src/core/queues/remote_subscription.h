// RemoteSubscription: a consumer of a queue on another shard, over a DeliveryLink.
#pragma once

#include <memory>
#include <utility>

#include "core/queues/delivery_link.h"
#include "core/queues/subscription.h"
#include "runtime/shard.h"

namespace koine::core {

class RemoteSubscription final : public Subscription {
 public:
  RemoteSubscription(runtime::Shard& here, runtime::Shard& there, QueuePtr info,
                     std::shared_ptr<LinkReceiver> receiver, std::shared_ptr<LinkSender> sender)
      : here_(here),
        there_(there),
        info_(std::move(info)),
        receiver_(std::move(receiver)),
        sender_(std::move(sender)) {}
  ~RemoteSubscription() override;

  void resume() override { receiver_->resume(); }
  void add_credit(std::uint32_t count) override { receiver_->add_credit(count); }
  Task<void> cancel() override;
  Task<void> cancel_and_return(Settlement::Kind kind) override;
  const QueuePtr& queue() const override { return info_; }

 private:
  runtime::Shard& here_;
  runtime::Shard& there_;
  QueuePtr info_;
  std::shared_ptr<LinkReceiver> receiver_;
  std::shared_ptr<LinkSender> sender_;
};

}  // namespace koine::core
