// BrokerResources: what the sessions of one shard share: the engine, the memory budget for requests, the memory into
// which all of them read, the counters. Owned by the shard's Broker.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "base/log.h"
#include "base/units.h"
#include "core/engine.h"
#include "io/random.h"
#include "protocols/kafka/broker_options.h"
#include "protocols/kafka/statistics.h"
#include "runtime/semaphore.h"

namespace koine::kafka {

// The first read of a connection that has something to say: most requests are smaller, and what is larger is read
// straight into its own memory.
inline constexpr std::size_t scratch_size = 32 * KiB;

struct BrokerResources {
  BrokerResources(core::Engine& broker_engine, const BrokerOptions& broker_options,
                  Logger& broker_log, io::Random& broker_random)
      : engine(broker_engine),
        options(broker_options),
        log(broker_log),
        random(broker_random),
        request_memory(broker_engine.shard().reactor(), broker_options.request_memory_bytes),
        beyond_request_memory(broker_engine.shard().reactor(), 1),
        scratch(scratch_size) {}

  core::Engine& engine;
  const BrokerOptions& options;
  Logger& log;
  io::Random& random;
  runtime::Semaphore request_memory;         // bytes
  runtime::Semaphore beyond_request_memory;  // the one request that may take more
  std::vector<std::byte> scratch;            // borrowed between two waits, never across one
  Statistics statistics;
};

}  // namespace koine::kafka
