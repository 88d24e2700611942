// BrokerResources: what the sessions of one shard share: core, the memory budget for what is received, the memory into which
// all of them read, spare output buffers, the counters. Owned by the shard's Broker.
#pragma once

#include <vector>

#include "base/log.h"
#include "base/units.h"
#include "io/random.h"
#include "protocols/amqp/broker_options.h"
#include "protocols/amqp/buffer_pool.h"
#include "protocols/amqp/core_access.h"
#include "protocols/amqp/direct_replies.h"
#include "protocols/amqp/inbound_memory.h"
#include "protocols/amqp/statistics.h"

namespace koine::amqp {

inline constexpr std::string_view log_component = "amqp";

// One read: hundreds of small messages, and about what a socket has at once.
inline constexpr std::size_t scratch_size = 64 * KiB;

struct BrokerResources {
  BrokerResources(CoreAccess& broker_core, const BrokerOptions& broker_options, Logger& broker_log,
                  io::Random& broker_random, DirectReplies& broker_replies)
      : core(broker_core),
        options(broker_options),
        log(broker_log),
        random(broker_random),
        replies(broker_replies),
        inbound(broker_core.shard().reactor(), broker_options.request_memory_bytes),
        scratch(scratch_size) {}

  io::Reactor& reactor() const { return core.shard().reactor(); }

  CoreAccess& core;
  const BrokerOptions& options;
  Logger& log;
  io::Random& random;
  DirectReplies& replies;
  InboundBudget inbound;
  std::vector<std::byte> scratch;  // borrowed between two waits, never across one
  BufferPool buffers;
  Statistics statistics;
};

}  // namespace koine::amqp
