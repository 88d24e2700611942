// Broker: HTTP on one shard. Serves connections, each with a session, and ends them all when the server stops. What it is given
// outlives it; it outlives its connections.
#pragma once

#include <memory>
#include <unordered_set>

#include "base/log.h"
#include "base/task.h"
#include "core/engine.h"
#include "io/random.h"
#include "io/stream.h"
#include "protocols/http/broker_options.h"
#include "protocols/http/broker_resources.h"
#include "protocols/http/http1/session.h"
#include "protocols/http/stop.h"

namespace koine::http {

class Broker {
 public:
  Broker(core::Engine& engine, const Router& router, const BrokerOptions& options, Logger& log,
         io::Random& random);
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker();

  // On the engine's shard: returns when the connection has ended.
  Task<void> serve(std::unique_ptr<io::Stream> stream);

  // Every connection takes no further request, answers those that it has (what waits for something new: at once), and ends.
  // Connections that come later end at once. Logs what was served. Call once.
  void drain();

  const Statistics& statistics() const { return resources_.statistics; }

 private:
  // Not inlined: the frame of a session that has ended is given back before a tunnel runs for hours.
  [[gnu::noinline]] Task<Http1Session::Upgraded> serve_http1(std::unique_ptr<io::Stream> stream);
  [[gnu::noinline]] Task<void> serve_http2(Http1Session::Upgraded upgraded);
  [[gnu::noinline]] Task<void> run_tunnel(Http1Session::Upgraded upgraded);
  [[gnu::noinline]] Task<void> send_endless(Http1Session::Upgraded upgraded);
  void log_statistics() const;

  BrokerResources resources_;
  std::unordered_set<Session*> sessions_;
  std::unordered_set<Stop*> without_session_;  // of connections that have none any more
};

}  // namespace koine::http
