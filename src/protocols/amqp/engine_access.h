// EngineAccess: CoreAccess by the engine of a shard. The engine outlives it.
#pragma once

#include "core/engine.h"
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
  Result<> find_route(const core::RoutingQuestion& question, core::Route& route) const override {
    return core::find_route(engine_.catalog(), question, route);
  }
  Task<Result<std::unique_ptr<core::Subscription>>> subscribe(core::QueuePtr queue,
                                                              core::ConsumerOptions options,
                                                              core::DeliverySink& sink) override {
    return core::Subscription::open(engine_, std::move(queue), std::move(options), sink);
  }
  Task<bool> has_disk_space() override;

 private:
  core::Engine& engine_;
};

}  // namespace koine::amqp
