// RouteCache: where the messages of one channel went lately: a publisher uses few exchanges and routing keys. Forgets everything
// when the catalog changes. One shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "core/queues/publish_batch.h"
#include "core/queues/queue_spec.h"
#include "core/routing/router.h"

namespace koine::amqp {

// What of a route one shard sees to: its queues; or a partition there, and with the first partition all queues.
struct ShardTargets {
  ShardId shard;
  std::vector<LogId> logs;
  core::Refusal refusal = core::Refusal::of_one;
  std::size_t record_bytes_max = std::numeric_limits<std::size_t>::max();  // of a topic's
};
using Targets = std::vector<ShardTargets>;

// For a message whose record has that key; `spread` as in partition_for.
Targets targets_of(const core::Route& route, std::optional<ByteView> key, std::uint32_t spread);

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
