// CoreAccess: what AMQP uses of core/ on one shard. EngineAccess is the real one; tests have one of their own, so that a
// session is tested without a disk. All calls on the shard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "core/queues/name_view.h"
#include "core/queues/queue_client.h"
#include "core/queues/queue_spec.h"
#include "core/queues/subscription.h"
#include "core/routing/exchange.h"
#include "core/routing/router.h"
#include "core/stream_subscription.h"
#include "core/topic.h"
#include "core/topic_spec.h"
#include "runtime/shard.h"

namespace koine::amqp {

class CoreAccess {
 public:
  CoreAccess() = default;
  CoreAccess(const CoreAccess&) = delete;
  CoreAccess& operator=(const CoreAccess&) = delete;
  virtual ~CoreAccess() = default;

  virtual runtime::Shard& shard() = 0;
  virtual core::QueueClient& queues() = 0;

  // This shard's copy of the catalog. The version changes with every change of a queue, an exchange, a topic or a binding.
  virtual std::uint64_t catalog_version() const = 0;
  // Null: there is none.
  virtual core::QueuePtr find_queue(core::NameView name) const = 0;
  virtual core::ExchangePtr find_exchange(core::NameView name) const = 0;
  // Topics are in the name space of exchanges.
  virtual core::TopicPtr find_topic(core::NameView name) const = 0;
  virtual Result<> find_route(const core::RoutingQuestion& question, core::Route& route) const = 0;

  virtual Task<Result<std::unique_ptr<core::Subscription>>> subscribe(core::QueuePtr queue,
                                                                      core::ConsumerOptions options,
                                                                      core::DeliverySink& sink) = 0;

  // Topics read as streams. The name is for one subscription: the queue of which its deliveries are settled.
  virtual core::QueuePtr new_stream_name(const core::Topic& topic) = 0;
  virtual Task<Result<std::unique_ptr<core::Subscription>>> read_stream(
      core::TopicPtr topic, core::QueuePtr name, core::StreamOptions options,
      core::DeliverySink& sink) = 0;
  // Of a partition, or of all: records that are there, and who reads them as streams.
  virtual Task<Result<core::QueueCounts>> count_stream(core::TopicPtr topic,
                                                       std::optional<PartitionId> partition) = 0;
  virtual Task<Result<core::TopicPtr>> create_topic(core::TopicSpec spec) = 0;
  virtual Task<Result<>> delete_topic(std::string name) = 0;

  // Whether the disk takes writes again after it was full.
  virtual Task<bool> has_disk_space() = 0;
};

}  // namespace koine::amqp
