// A blocking TCP connection without Nagle's delay. Everything that goes wrong throws.
#pragma once

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "generator.h"

class TcpConnection {
 public:
  // `address` is HOST:PORT.
  explicit TcpConnection(std::string const& address) {
    auto const colon = address.rfind(':');
    if (colon == std::string::npos) fail("expected HOST:PORT, found '" + address + "'");
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    auto const code = getaddrinfo(address.substr(0, colon).c_str(),
                                  address.substr(colon + 1).c_str(), &hints, &found);
    if (code != 0) fail(address + ": " + gai_strerror(code));
    std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> const owned(found, &freeaddrinfo);
    socket_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail_errno("socket");
    if (connect(socket_, found->ai_addr, found->ai_addrlen) != 0) fail_errno("connect " + address);
    int const on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  TcpConnection(TcpConnection const&) = delete;
  TcpConnection& operator=(TcpConnection const&) = delete;
  ~TcpConnection() {
    if (socket_ >= 0) close(socket_);
  }

  void send_all(std::string_view bytes) {
    while (!bytes.empty()) {
      auto const sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) fail_errno("send");
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

  void receive_all(char* data, size_t count) {
    while (count > 0) {
      auto const received = recv(socket_, data, count, 0);
      if (received < 0) fail_errno("receive");
      if (received == 0) fail("the server closed the connection");
      data += received;
      count -= static_cast<size_t>(received);
    }
  }

  int socket() const { return socket_; }

 private:
  int socket_ = -1;
};
