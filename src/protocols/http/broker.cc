#include "protocols/http/broker.h"

#include <utility>
#include <vector>

#include "base/check.h"
#include "protocols/http/http2/session.h"

namespace koine::http {

Broker::Broker(core::Engine& engine, const Router& router, const BrokerOptions& options,
               Logger& log, io::Random& random)
    : resources_(engine, router, options, log, random) {}

Broker::~Broker() { CHECK(sessions_.empty() && without_session_.empty()); }

Task<void> Broker::serve(std::unique_ptr<io::Stream> stream) {
  if (resources_.is_draining) co_return;
  Statistics& statistics = resources_.statistics;
  ++statistics.connections_opened;
  ++statistics.connections_open;
  // The session is gone before a tunnel runs: a WebSocket that waits costs what it needs itself.
  Http1Session::Upgraded upgraded = co_await serve_http1(std::move(stream));
  if (upgraded.tunnel != nullptr) {
    co_await run_tunnel(std::move(upgraded));
  } else if (upgraded.body != nullptr) {
    co_await send_endless(std::move(upgraded));
  } else if (upgraded.stream != nullptr && !resources_.is_draining) {
    co_await serve_http2(std::move(upgraded));
  }
  --statistics.connections_open;
}

Task<Http1Session::Upgraded> Broker::serve_http1(std::unique_ptr<io::Stream> stream) {
  Http1Session session(resources_, std::move(stream));
  sessions_.insert(&session);
  Http1Session::Upgraded upgraded = co_await session.run();
  sessions_.erase(&session);
  co_return upgraded;
}

Task<void> Broker::serve_http2(Http1Session::Upgraded upgraded) {
  Http2Session session(resources_, std::move(upgraded.stream));
  sessions_.insert(&session);
  co_await session.run(std::move(upgraded.first));
  sessions_.erase(&session);
}

Task<void> Broker::run_tunnel(Http1Session::Upgraded upgraded) {
  Stop stop(resources_.engine.shard().reactor());
  without_session_.insert(&stop);
  if (resources_.is_draining) stop.set(Stop::Reason::draining);
  ++resources_.statistics.tunnels_open;
  co_await upgraded.tunnel->run(std::move(upgraded.stream), stop);
  --resources_.statistics.tunnels_open;
  without_session_.erase(&stop);
}

Task<void> Broker::send_endless(Http1Session::Upgraded upgraded) {
  Stop stop(resources_.engine.shard().reactor());
  without_session_.insert(&stop);
  if (resources_.is_draining) stop.set(Stop::Reason::draining);
  co_await upgraded.body->run(std::move(upgraded.stream), stop);
  without_session_.erase(&stop);
}

void Broker::drain() {
  resources_.is_draining = true;
  log_statistics();
  for (Stop* const stop : without_session_) stop->set(Stop::Reason::draining);
  // A session may end, and leave the set, while it is told.
  const std::vector<Session*> sessions(sessions_.begin(), sessions_.end());
  for (Session* const session : sessions) {
    if (sessions_.contains(session)) session->drain();
  }
}

void Broker::log_statistics() const {
  const Statistics& statistics = resources_.statistics;
  resources_.log.info(log_component, "draining",
                      {{"shard", resources_.engine.shard().id().value()},
                       {"connections", statistics.connections_open},
                       {"requests", statistics.requests_total()},
                       {"bytes_received", statistics.bytes_received},
                       {"bytes_sent", statistics.bytes_sent},
                       {"malformed", statistics.malformed_requests}});
}

}  // namespace koine::http
