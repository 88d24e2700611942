// Scope: what a handler gets besides its method: the connection and the channel on which it came, and what these use. Lives
// until the handler has returned.
//
// A handler is a free function, found by the type of its method (handlers/table.cc lists them):
//
//   Task<Outcome<>> handle(Scope& scope, QueueDeclare method);
//
// It sends its answer itself; what it refuses closes the channel or the connection.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "protocols/amqp/broker_resources.h"
#include "protocols/amqp/channel.h"
#include "protocols/amqp/connection.h"
#include "protocols/amqp/consumer.h"
#include "protocols/amqp/errors.h"
#include "protocols/amqp/output.h"
#include "protocols/amqp/publisher.h"
#include "protocols/amqp/settlements.h"

namespace koine::amqp {

struct Scope {
  BrokerResources& resources;
  Connection& connection;
  Channel& channel;
  Output& output;
  Publisher& publisher;
  DeliveryPlace& deliveries;
  // Channels with messages that are confirmed without a commit, because they go nowhere.
  std::vector<std::uint16_t>& early_confirms;
  WallTimeMs now_ms = 0;  // when the bytes of this turn arrived

  CoreAccess& core() const { return resources.core; }
  core::QueueClient& queues() const { return resources.core.queues(); }
  const std::string& vhost() const { return connection.vhost; }
  core::Name in_vhost(std::string name) const {
    return {.vhost = connection.vhost, .name = std::move(name)};
  }

  void confirm_early() const {
    channel.confirms.add(0);
    if (early_confirms.empty() || early_confirms.back() != channel.number) {
      early_confirms.push_back(channel.number);
    }
  }

  template <typename Method>
  void answer(const Method& method) const {
    output.send(channel.number, method);
  }
};

}  // namespace koine::amqp
