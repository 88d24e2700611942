// EngineAccess: CoreAccess by the engine of a shard. The engine outlives it.
#pragma once

#include "core/engine.h"
#include "core/stream_counts.h"
#include "protocols/amqp/core_access.h"

namespace koine::amqp {

class EngineAccess final : public CoreAccess {
 public:
  explicit EngineAccess(core::Engine& engine) : engine_(engine) {}

  runtime::Shard& shard() override { return engine_.shard(); }
  core::QueueClient& queues() override { return engine_.queue_client(); }
  std::uint64_t catalog_version() const override { return engine_.catalog().version(); }
  core::QueuePtr find_queue(core::NameView name) const override {
    return engine_.catalog().queues().find(name);
  }
  core::ExchangePtr find_exchange(core::NameView name) const override {
    return engine_.catalog().routing().find_exchange(name);
  }
  core::TopicPtr find_topic(core::NameView name) const override {
    return engine_.catalog().find_topic(name);
  }
  Result<> find_route(const core::RoutingQuestion& question, core::Route& route) const override {
    return core::find_route(engine_.catalog(), question, route);
  }
  Task<Result<std::unique_ptr<core::Subscription>>> subscribe(core::QueuePtr queue,
                                                              core::ConsumerOptions options,
                                                              core::DeliverySink& sink) override {
    return core::Subscription::open(engine_, std::move(queue), std::move(options), sink);
  }
  core::QueuePtr new_stream_name(const core::Topic& topic) override {
    return core::StreamSubscription::new_name(engine_, topic);
  }
  Task<Result<std::unique_ptr<core::Subscription>>> read_stream(core::TopicPtr topic,
                                                                core::QueuePtr name,
                                                                core::StreamOptions options,
                                                                core::DeliverySink& sink) override {
    return core::StreamSubscription::open(engine_, std::move(topic), std::move(name),
                                          std::move(options), sink);
  }
  Task<Result<core::QueueCounts>> count_stream(core::TopicPtr topic,
                                               std::optional<PartitionId> partition) override {
    return core::count_stream(engine_, std::move(topic), partition);
  }
  Task<Result<core::TopicPtr>> create_topic(core::TopicSpec spec) override {
    return engine_.create_topic(std::move(spec));
  }
  Task<Result<>> delete_topic(std::string name) override {
    return engine_.delete_topic(std::move(name));
  }
  Task<bool> has_disk_space() override;

 private:
  core::Engine& engine_;
};

}  // namespace koine::amqp
