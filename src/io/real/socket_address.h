// SocketAddress: an IPv4 or IPv6 address with a port, as the kernel wants it.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/network.h"

namespace koine::io {

class SocketAddress {
 public:
  SocketAddress() = default;
  // nothing: not an IP address.
  static std::optional<SocketAddress> from_numeric(const Endpoint& endpoint);
  static SocketAddress local_of(int descriptor);

  // An IPv4 address inside an IPv6 one ("::ffff:127.0.0.1") is given as IPv4.
  Endpoint endpoint() const;

  // Of this machine, and nobody else's.
  bool is_loopback() const;

  int family() const { return storage_.ipv6.sin6_family; }
  const sockaddr* get() const { return &storage_.any; }
  sockaddr* get() { return &storage_.any; }
  socklen_t size() const;
  // Room for what the kernel writes.
  static constexpr socklen_t capacity = sizeof(sockaddr_in6);

 private:
  union {
    sockaddr any;
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
  } storage_{.ipv6 = {}};
};

// All addresses of a host, looked up by the system's resolver: blocks the calling thread unless the host is an
// IP address. ErrorCode::invalid_argument: no such host.
Result<std::vector<SocketAddress>> resolve(const Endpoint& endpoint);

}  // namespace koine::io
