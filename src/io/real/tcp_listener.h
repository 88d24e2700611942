// TcpListener: accepts TCP connections on one address. Private to io/real; others see Listener.
#pragma once

#include <memory>

#include "io/network.h"

namespace koine::io {

class SocketAddress;
class WatchedDescriptor;

class TcpListener final : public Listener {
 public:
  explicit TcpListener(std::shared_ptr<WatchedDescriptor> descriptor);
  // Errors as Network::listen.
  static Result<std::unique_ptr<Listener>> open(Reactor& reactor, const SocketAddress& address);
  ~TcpListener() override;

  Task<Result<std::unique_ptr<AcceptedSocket>>> accept() override;
  Endpoint local_endpoint() const override { return local_; }
  void prefer_small_packets() override;
  void close() override;

 private:
  std::shared_ptr<WatchedDescriptor> descriptor_;
  Endpoint local_;
};

}  // namespace koine::io
