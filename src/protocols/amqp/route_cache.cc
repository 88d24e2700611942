#include "protocols/amqp/route_cache.h"

#include <algorithm>
#include <utility>

#include "core/partitioner.h"
#include "core/queues/name_view.h"
#include "journal/log_id.h"

namespace koine::amqp {

namespace {

constexpr std::size_t slot_count = 64;

}  // namespace

Targets targets_of(const core::Route& route, std::optional<ByteView> key, std::uint32_t spread) {
  Targets targets;
  for (const core::TopicPtr& topic : route.topics) {
    const LogId partition = core::partition_for(*topic, key, spread);
    targets.push_back(
        {.shard = journal::shard_of(partition),
         .logs = {partition},
         .refusal = core::Refusal::of_all,
         .record_bytes_max = static_cast<std::size_t>(topic->settings.message_bytes_max)});
  }
  if (!targets.empty()) {
    for (const core::QueuePtr& queue : route.queues) targets.front().logs.push_back(queue->id());
    return targets;
  }
  for (const core::QueuePtr& queue : route.queues) {
    const ShardId shard = journal::shard_of(queue->id());
    auto found = std::ranges::find(targets, shard, &ShardTargets::shard);
    if (found == targets.end()) found = targets.insert(targets.end(), {.shard = shard, .logs = {}});
    found->logs.push_back(queue->id());
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
