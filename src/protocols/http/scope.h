// Scope: what a handler gets besides its request. Lives until the handler has returned; what a BodySource or a Tunnel needs
// of it is copied: resources outlive them, the connection does not outlive a tunnel's start.
#pragma once

#include "core/engine.h"
#include "protocols/http/broker_resources.h"
#include "protocols/http/connection.h"
#include "protocols/http/stop.h"
#include "runtime/shard.h"

namespace koine::http {

class KeyedRequest;

struct Scope {
  BrokerResources& resources;
  const Connection& connection;
  Stop& stop;  // see Route::waits
  // Of a request with an Idempotency-Key (keyed_request.h); null: it has none.
  KeyedRequest* keyed = nullptr;

  core::Engine& engine() const { return resources.engine; }
  runtime::Shard& shard() const { return resources.engine.shard(); }
  const BrokerOptions& options() const { return resources.options; }
  Statistics& statistics() const { return resources.statistics; }
  Logger& log() const { return resources.log; }
  io::Random& random() const { return resources.random; }
};

}  // namespace koine::http
