// The half of the client that moves messages: refused until a queue's owner can do it.

#include "core/queues/local_queue_client.h"

namespace koine::core {
namespace {

std::unexpected<Error> no_messages() {
  return fail(ErrorCode::unsupported, "queues can be declared, not used");
}

}  // namespace

Task<Result<std::uint64_t>> LocalQueueClient::purge_queue(QueuePtr /*queue*/) {
  co_return no_messages();
}
Task<Result<QueueCounts>> LocalQueueClient::counts(QueuePtr /*queue*/) { co_return no_messages(); }
Task<Result<Published>> LocalQueueClient::publish(PublishBatch /*batch*/) {
  co_return no_messages();
}
Task<Result<>> LocalQueueClient::durable(ShardId /*shard*/,
                                         std::shared_ptr<journal::Commit> /*commit*/) {
  co_return no_messages();
}
Task<Result<std::optional<GotMessage>>> LocalQueueClient::get(QueuePtr /*queue*/,
                                                              bool /*is_auto_ack*/) {
  co_return no_messages();
}
Task<Result<std::vector<GotMessage>>> LocalQueueClient::peek(QueuePtr /*queue*/,
                                                             std::uint32_t /*count*/) {
  co_return no_messages();
}
void LocalQueueClient::settle(const QueuePtr& /*queue*/,
                              std::span<const Settlement> /*settlements*/) {}
Task<Result<>> LocalQueueClient::settle_durably(QueuePtr /*queue*/,
                                                std::vector<Settlement> /*settlements*/) {
  co_return no_messages();
}

}  // namespace koine::core
