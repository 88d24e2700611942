#include "io/real/socket_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include <array>
#include <cstring>
#include <memory>

#include "base/check.h"

namespace koine::io {

std::optional<SocketAddress> SocketAddress::from_numeric(const Endpoint& endpoint) {
  SocketAddress address;
  if (inet_pton(AF_INET, endpoint.host.c_str(), &address.storage_.ipv4.sin_addr) == 1) {
    address.storage_.ipv4.sin_family = AF_INET;
    address.storage_.ipv4.sin_port = htons(endpoint.port);
    return address;
  }
  if (inet_pton(AF_INET6, endpoint.host.c_str(), &address.storage_.ipv6.sin6_addr) == 1) {
    address.storage_.ipv6.sin6_family = AF_INET6;
    address.storage_.ipv6.sin6_port = htons(endpoint.port);
    return address;
  }
  return std::nullopt;
}

SocketAddress SocketAddress::local_of(int descriptor) {
  SocketAddress address;
  socklen_t size = capacity;
  getsockname(descriptor, address.get(), &size);
  return address;
}

bool SocketAddress::is_loopback() const {
  constexpr std::uint8_t loopback_network = 127;  // 127.0.0.0/8
  if (family() == AF_INET) return ntohl(storage_.ipv4.sin_addr.s_addr) >> 24U == loopback_network;
  const in6_addr& address = storage_.ipv6.sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&address) ||
         (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == loopback_network);
}

socklen_t SocketAddress::size() const {
  return family() == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

Endpoint SocketAddress::endpoint() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &storage_.ipv4.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(storage_.ipv4.sin_port)};
  }
  const in6_addr& address = storage_.ipv6.sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    inet_ntop(AF_INET, &address.s6_addr[12], text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, &address, text.data(), text.size());
  }
  return {text.data(), ntohs(storage_.ipv6.sin6_port)};
}

namespace {

Result<std::vector<SocketAddress>> look_up(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(endpoint.host.c_str(), nullptr, &hints, &found);
  if (status != 0) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("host '{}' was not found: {}", endpoint.host, gai_strerror(status)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    std::array<char, NI_MAXHOST> host{};
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, host.data(), host.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0) {
      continue;
    }
    const auto address = SocketAddress::from_numeric({host.data(), endpoint.port});
    if (address) addresses.push_back(*address);
  }
  if (addresses.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("host '{}' has no IP address", endpoint.host));
  }
  return addresses;
}

}  // namespace

Result<std::vector<SocketAddress>> resolve(const Endpoint& endpoint) {
  if (const auto address = SocketAddress::from_numeric(endpoint)) return std::vector{*address};
  return look_up(endpoint);
}

}  // namespace koine::io
