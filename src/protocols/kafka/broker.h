// Broker: the Kafka protocol on one shard. Serves connections, each with a Session, and ends them all when the server
// stops. What it is given outlives it; it outlives its connections.
#pragma once

#include <memory>
#include <unordered_set>

#include "base/log.h"
#include "base/task.h"
#include "core/engine.h"
#include "io/random.h"
#include "io/stream.h"
#include "protocols/kafka/broker_options.h"
#include "protocols/kafka/broker_resources.h"
#include "protocols/kafka/statistics.h"

namespace koine::kafka {

class Session;

class Broker {
 public:
  Broker(core::Engine& engine, const BrokerOptions& options, Logger& log, io::Random& random);
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker();

  // On the engine's shard: returns when the connection has ended.
  Task<void> serve(std::unique_ptr<io::Stream> stream);

  // Every connection takes no further request, answers those that it has (long polls at once), and ends. Connections
  // that come later end at once. Logs what was served. Call once.
  void drain();

  const Statistics& statistics() const { return resources_.statistics; }

 private:
  void log_statistics() const;

  BrokerResources resources_;
  std::unordered_set<Session*> sessions_;
  bool draining_ = false;
};

}  // namespace koine::kafka
