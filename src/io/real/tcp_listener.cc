#include "io/real/tcp_listener.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "io/real/socket_address.h"
#include "io/real/system_error.h"
#include "io/real/tcp_stream.h"
#include "io/real/watched_descriptor.h"

namespace koine::io {

namespace {

// The kernel cuts it down to net.core.somaxconn.
constexpr int backlog = 4096;

// Half of what loopback takes; no other network takes so much.
constexpr int small_packet_bytes = 32'000;

// When the process has no descriptors left, connections wait in the backlog for so long before we look again.
constexpr Duration pause_without_descriptors = std::chrono::milliseconds(50);

class AcceptedTcpSocket final : public AcceptedSocket {
 public:
  explicit AcceptedTcpSocket(ConnectedSocket socket) : socket_(std::move(socket)) {}
  std::unique_ptr<Stream> adopt(Reactor& reactor) override {
    return TcpStream::adopt(reactor, std::move(socket_));
  }

 private:
  ConnectedSocket socket_;
};

std::unexpected<Error> listen_failure(const SocketAddress& address, int number) {
  const Endpoint endpoint = address.endpoint();
  if (number == EADDRINUSE) {
    return fail(ErrorCode::unavailable, fmt::format("port {} is in use", endpoint.port));
  }
  return system_failure(fmt::format("listening on {}", endpoint.to_string()), number);
}

bool out_of_resources(int number) {
  return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

Task<Result<std::unique_ptr<AcceptedSocket>>> accept_from(
    std::shared_ptr<WatchedDescriptor> descriptor) {
  for (;;) {
    if (descriptor->is_closed()) co_return fail(ErrorCode::closed, "the listener was closed");
    SocketAddress peer;
    socklen_t size = SocketAddress::capacity;
    const int accepted =
        ::accept4(descriptor->number(), peer.get(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0)
      co_return std::make_unique<AcceptedTcpSocket>(ConnectedSocket(accepted, peer));
    const int number = errno;
    if (number == EAGAIN || number == EWOULDBLOCK) {
      CO_TRY(co_await WatchedDescriptor::wait(descriptor, Readiness::readable));
    } else if (out_of_resources(number)) {
      CO_TRY(co_await WatchedDescriptor::pause(descriptor, pause_without_descriptors));
    }
    // Every other error is about one connection, which is gone (accept(2), "Error handling").
  }
}

}  // namespace

TcpListener::TcpListener(std::shared_ptr<WatchedDescriptor> descriptor)
    : descriptor_(std::move(descriptor)),
      local_(SocketAddress::local_of(descriptor_->number()).endpoint()) {}

Result<std::unique_ptr<Listener>> TcpListener::open(Reactor& reactor,
                                                    const SocketAddress& address) {
  const int descriptor = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return listen_failure(address, errno);
  ConnectedSocket owner(descriptor, address);
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family() == AF_INET6) {
    const int off = 0;  // "::" takes IPv4 connections as well
    ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(descriptor, address.get(), address.size()) != 0) return listen_failure(address, errno);
  if (::listen(descriptor, backlog) != 0) return listen_failure(address, errno);
  return std::make_unique<TcpListener>(WatchedDescriptor::watch(reactor, owner.release()));
}

TcpListener::~TcpListener() { TcpListener::close(); }

Task<Result<std::unique_ptr<AcceptedSocket>>> TcpListener::accept() {
  return accept_from(descriptor_);
}

void TcpListener::prefer_small_packets() {
  if (descriptor_->is_closed()) return;
  ::setsockopt(descriptor_->number(), IPPROTO_TCP, TCP_MAXSEG, &small_packet_bytes,
               sizeof small_packet_bytes);
}

void TcpListener::close() { descriptor_->close(); }

}  // namespace koine::io
