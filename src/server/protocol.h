// Protocol: how a listener hands a connection to the protocol that it speaks. One object for each protocol and shard.
//
//   listener (shard 0) -> accepted socket -> its shard -> detect -> Protocol::serve(stream)
//
// The folders in protocols/ do not know this interface; an adapter here in server/ gives each what it needs.
#pragma once

#include <memory>

#include "base/task.h"
#include "io/stream.h"

namespace koine::server {

class Protocol {
 public:
  Protocol() = default;
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  virtual ~Protocol() = default;

  // On the connection's shard: serves until the peer, an error or drain() ends it, and logs why.
  virtual Task<void> serve(std::unique_ptr<io::Stream> stream) = 0;

  // Every connection takes no further request, answers those that it has, and ends. Waits that only wait for something
  // new to happen (a long poll) are answered now. Call once.
  virtual void drain() = 0;
};

}  // namespace koine::server
