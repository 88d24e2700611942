#include "protocols/amqp/broker.h"

#include <utility>
#include <vector>

#include "base/check.h"
#include "protocols/amqp/session.h"

namespace koine::amqp {

Broker::Broker(CoreAccess& core, const BrokerOptions& options, Logger& log, io::Random& random,
               DirectReplies& replies)
    : resources_(core, options, log, random, replies) {
  replies.join(core.shard());
}

Broker::~Broker() { CHECK(sessions_.empty()); }

Task<void> Broker::serve(std::unique_ptr<io::Stream> stream) {
  if (draining_) co_return;
  Session session(resources_, std::move(stream));
  sessions_.insert(&session);
  co_await session.run();
  sessions_.erase(&session);
}

void Broker::drain() {
  draining_ = true;
  log_statistics();
  // A session may end, and leave the set, while it is told.
  const std::vector<Session*> sessions(sessions_.begin(), sessions_.end());
  for (Session* const session : sessions) {
    if (sessions_.contains(session)) session->drain();
  }
}

void Broker::log_statistics() const {
  const Statistics& statistics = resources_.statistics;
  resources_.log.info(log_component, "draining",
                      {{"shard", resources_.core.shard().id().value()},
                       {"connections", statistics.connections_open},
                       {"published", statistics.messages_published},
                       {"delivered", statistics.messages_delivered},
                       {"bytes_received", statistics.bytes_received},
                       {"bytes_sent", statistics.bytes_sent}});
}

}  // namespace koine::amqp
