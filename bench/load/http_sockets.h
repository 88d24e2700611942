// Many HTTP connections that wait for what comes, held by one epoll: event streams and WebSockets.
#pragma once

#include <fcntl.h>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tcp_connection.h"

class HttpSockets {
 public:
  explicit HttpSockets(std::string address) : address_(std::move(address)) {
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    if (poll_ < 0) fail_errno("epoll_create1");
  }
  HttpSockets(HttpSockets const&) = delete;
  HttpSockets& operator=(HttpSockets const&) = delete;
  ~HttpSockets() { close(poll_); }

  // Sends the request on a new connection and reads the head of its answer, which must have this status. What follows the head
  // stays to be read.
  void open(std::string_view request, std::string_view status) {
    auto connection = std::make_unique<TcpConnection>(address_);
    connection->send_all(request);
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      char byte = 0;
      connection->receive_all(&byte, 1);
      head += byte;
    }
    if (head.substr(9, 3) != status) fail("answered: " + head.substr(0, head.find('\r')));
    fcntl(connection->socket(), F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = connections_.size();
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, connection->socket(), &event) != 0) fail_errno("epoll_ctl");
    connections_.push_back(std::move(connection));
  }

  // Calls `take(index, bytes)` with what has arrived, waiting at most so long.
  template <typename Take>
  void receive(int timeout_ms, Take take) {
    std::array<epoll_event, 512> events;
    auto const count =
        epoll_wait(poll_, events.data(), static_cast<int>(events.size()), timeout_ms);
    for (auto const& event : std::span(events).first(static_cast<size_t>(count > 0 ? count : 0))) {
      while (true) {
        auto const received =
            recv(connections_[event.data.u64]->socket(), buffer_.data(), buffer_.size(), 0);
        if (received == 0) fail("the server closed a connection");
        if (received < 0 && errno == EAGAIN) break;
        if (received < 0) fail_errno("receive");
        take(event.data.u64, std::string_view(buffer_.data(), static_cast<size_t>(received)));
        if (static_cast<size_t>(received) < buffer_.size()) break;
      }
    }
  }

  size_t size() const { return connections_.size(); }

 private:
  std::string address_;
  int poll_ = -1;
  std::vector<std::unique_ptr<TcpConnection>> connections_;
  std::array<char, 64 * 1024> buffer_;
};
