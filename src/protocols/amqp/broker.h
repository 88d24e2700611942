// Broker: AMQP 0-9-1 on one shard. Serves connections, each with a Session, and ends them all when the server stops. What
// it is given outlives it; it outlives its connections.
#pragma once

#include <memory>
#include <unordered_set>

#include "base/log.h"
#include "base/task.h"
#include "io/random.h"
#include "io/stream.h"
#include "protocols/amqp/broker_options.h"
#include "protocols/amqp/broker_resources.h"
#include "protocols/amqp/core_access.h"
#include "protocols/amqp/direct_replies.h"
#include "protocols/amqp/statistics.h"

namespace koine::amqp {

class Session;

class Broker {
 public:
  // `replies` is shared by the brokers of all shards.
  Broker(CoreAccess& core, const BrokerOptions& options, Logger& log, io::Random& random,
         DirectReplies& replies);
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker();

  // On the shard of `core`: returns when the connection has ended.
  Task<void> serve(std::unique_ptr<io::Stream> stream);

  // Every connection confirms what was published, is told that the server stops, and ends. Connections that come later end at
  // once. Logs what was served. Call once.
  void drain();

  const Statistics& statistics() const { return resources_.statistics; }

 private:
  void log_statistics() const;

  BrokerResources resources_;
  std::unordered_set<Session*> sessions_;
  bool draining_ = false;
};

}  // namespace koine::amqp
