// BrokerResources: what the sessions of one shard share: the engine, the routes, the memory budget for bodies, the memory into which
// all of them read and write, the counters. Owned by the shard's Broker.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "base/units.h"
#include "core/engine.h"
#include "io/random.h"
#include "protocols/http/body_memory.h"
#include "protocols/http/broker_options.h"
#include "protocols/http/date.h"
#include "protocols/http/message.h"
#include "protocols/http/record_json.h"
#include "protocols/http/router.h"
#include "protocols/http/statistics.h"
#include "protocols/http/streams/topic_tails.h"
#include "protocols/http/websocket/deflate.h"

namespace koine::http {

inline constexpr std::string_view log_component = "http";

// The first read of a connection that has something to say: most requests are smaller.
inline constexpr std::size_t scratch_size = 64 * KiB;

struct BrokerResources {
  BrokerResources(core::Engine& broker_engine, const Router& broker_router,
                  const BrokerOptions& broker_options, Logger& broker_log,
                  io::Random& broker_random)
      : engine(broker_engine),
        router(broker_router),
        options(broker_options),
        log(broker_log),
        random(broker_random),
        body_budget(broker_engine.shard().reactor(), broker_options.request_memory_bytes),
        scratch(scratch_size),
        tails(broker_engine) {}

  core::Engine& engine;
  const Router& router;
  const BrokerOptions& options;
  Logger& log;
  io::Random& random;
  BodyBudget body_budget;
  std::vector<std::byte> scratch;  // borrowed between two waits, never across one
  std::string output;              // the same, for what is written in one turn
  Request request;                 // the same, for one that is answered at once
  RecordJson record_json;
  std::uint32_t spread = 0;  // the next record without a key goes to this partition
  DateText date;
  Statistics statistics;
  TopicTails tails;   // who follows the ends of topics
  Inflater inflater;  // of all WebSockets, used in one turn
  Deflater deflater;
  MonotonicTime started = engine.shard().now();
  bool is_draining = false;
};

}  // namespace koine::http
