// RouteCache: where the messages of one channel went lately: a publisher uses few exchanges and routing keys. Forgets everything
// when the catalog changes. One shard.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "core/queues/queue_spec.h"
#include "core/routing/router.h"

namespace koine::amqp {

// The queues of a route that are on one shard.
struct ShardTargets {
  ShardId shard;
  std::vector<core::QueuePtr> queues;
};
using Targets = std::vector<ShardTargets>;

Targets targets_of(const core::Route& route);

class RouteCache {
 public:
  // Null: not known in this version of the catalog. Until the next call of anything here.
  const Targets* find(std::uint64_t version, std::string_view exchange,
                      std::string_view routing_key);
  const Targets& put(std::uint64_t version, std::string_view exchange, std::string_view routing_key,
                     Targets targets);

 private:
  struct Slot {
    std::string exchange;
    std::string routing_key;
    std::optional<Targets> targets;
  };
  Slot& slot_of(std::string_view exchange, std::string_view routing_key);
  void prepare(std::uint64_t version);

  std::uint64_t version_ = 0;
  std::vector<Slot> slots_;  // a key has one place; nothing before the first use
};

}  // namespace koine::amqp
