#include "protocols/amqp/route_cache.h"

#include <algorithm>
#include <utility>

#include "core/queues/name_view.h"
#include "journal/log_id.h"

namespace koine::amqp {

namespace {

constexpr std::size_t slot_count = 64;

}  // namespace

Targets targets_of(const core::Route& route) {
  Targets targets;
  for (const core::QueuePtr& queue : route.queues) {
    const ShardId shard = journal::shard_of(queue->id());
    auto found = std::ranges::find(targets, shard, &ShardTargets::shard);
    if (found == targets.end()) found = targets.insert(targets.end(), {shard, {}});
    found->queues.push_back(queue);
  }
  return targets;
}

RouteCache::Slot& RouteCache::slot_of(std::string_view exchange, std::string_view routing_key) {
  constexpr std::hash<std::string_view> hash;
  return slots_[core::combined_hash(hash(exchange), hash(routing_key)) % slot_count];
}

void RouteCache::prepare(std::uint64_t version) {
  if (version == version_ && !slots_.empty()) return;
  version_ = version;
  slots_.clear();
  slots_.resize(slot_count);
}

const Targets* RouteCache::find(std::uint64_t version, std::string_view exchange,
                                std::string_view routing_key) {
  prepare(version);
  Slot& slot = slot_of(exchange, routing_key);
  const bool is_here = slot.targets && slot.routing_key == routing_key && slot.exchange == exchange;
  return is_here ? &*slot.targets : nullptr;
}

const Targets& RouteCache::put(std::uint64_t version, std::string_view exchange,
                               std::string_view routing_key, Targets targets) {
  prepare(version);
  Slot& slot = slot_of(exchange, routing_key);
  slot.exchange = exchange;
  slot.routing_key = routing_key;
  return slot.targets.emplace(std::move(targets));
}

}  // namespace koine::amqp
