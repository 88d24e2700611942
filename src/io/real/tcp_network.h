// TcpNetwork: listeners and connections over TCP. Thread-safe: it has no state; the reactors are AsioReactors.
#pragma once

#include "io/network.h"

namespace koine::io {

class TcpNetwork final : public Network {
 public:
  // The host is looked up on the calling thread.
  Result<std::unique_ptr<Listener>> listen(Reactor& reactor, Endpoint endpoint) override;
  // Tries the host's addresses one after another.
  Task<Result<std::unique_ptr<Stream>>> connect(Reactor& reactor, Endpoint endpoint) override;
};

}  // namespace koine::io
