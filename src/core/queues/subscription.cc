#include "core/queues/subscription.h"

#include <fmt/format.h>

#include <utility>

#include "core/engine.h"
#include "core/queues/local_subscription.h"
#include "core/queues/remote_subscription.h"
#include "core/queues/shard_queues.h"

namespace koine::core {
namespace {

std::unexpected<Error> no_queue(const QueueInfo& queue) {
  return fail(ErrorCode::not_found, fmt::format("no queue '{}' in vhost '{}'", queue.spec.name.name,
                                                queue.spec.name.vhost));
}

// On the queue's shard.
Task<Result<std::shared_ptr<LinkSender>>> connect_there(Engine& owner, QueuePtr info,
                                                        ConsumerOptions options,
                                                        io::Reactor& consumers,
                                                        std::shared_ptr<LinkReceiver> receiver) {
  auto queue = owner.live_queues().find(info->id());
  if (queue == nullptr) co_return no_queue(*info);
  auto sender =
      std::make_shared<LinkSender>(owner.shard().reactor(), consumers, std::move(receiver));
  CO_TRY(auto consumer, queue->add_consumer(std::move(options), *sender));
  sender->attach(std::move(queue), std::move(consumer));
  co_return sender;
}

}  // namespace

Task<Result<std::unique_ptr<Subscription>>> Subscription::open(Engine& here, QueuePtr queue,
                                                               ConsumerOptions options,
                                                               DeliverySink& sink) {
  Engine& owner = here.owner_of(queue->id());
  if (&owner == &here) {
    auto live = here.live_queues().find(queue->id());
    if (live == nullptr) co_return no_queue(*queue);
    CO_TRY(auto consumer, live->add_consumer(std::move(options), sink));
    co_return std::make_unique<LocalSubscription>(std::move(live), std::move(consumer));
  }
  const auto receiver = std::make_shared<LinkReceiver>(sink);
  CO_TRY(auto sender, co_await runtime::call_on<Result<std::shared_ptr<LinkSender>>>(
                          here.shard(), owner.shard(),
                          [&owner, queue, options = std::move(options), &here, receiver]() mutable {
                            return connect_there(owner, queue, std::move(options),
                                                 here.shard().reactor(), receiver);
                          }));
  receiver->connect(sender, here.shard().reactor(), owner.shard().reactor());
  co_return std::make_unique<RemoteSubscription>(here.shard(), owner.shard(), std::move(queue),
                                                 receiver, std::move(sender));
}

}  // namespace koine::core
