#include "io/real/tcp_network.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "io/real/socket_address.h"
#include "io/real/system_error.h"
#include "io/real/tcp_listener.h"
#include "io/real/tcp_stream.h"
#include "io/real/watched_descriptor.h"

namespace koine::io {

namespace {

std::unexpected<Error> connect_failure(const SocketAddress& address, int number) {
  return system_failure(fmt::format("connecting to {}", address.endpoint().to_string()), number);
}

int pending_error_of(int descriptor) {
  int number = 0;
  socklen_t size = sizeof number;
  ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size);
  return number;
}

Task<Result<std::unique_ptr<Stream>>> connect_to(Reactor& reactor, SocketAddress address) {
  const int descriptor = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) co_return connect_failure(address, errno);
  ConnectedSocket socket(descriptor, address);
  const bool in_progress = ::connect(descriptor, address.get(), address.size()) != 0;
  if (in_progress && errno != EINPROGRESS) co_return connect_failure(address, errno);

  std::unique_ptr<Stream> stream = TcpStream::adopt(reactor, std::move(socket));
  if (in_progress) {
    CO_TRY(co_await stream->wait_writable());
    if (const int number = pending_error_of(descriptor); number != 0)
      co_return connect_failure(address, number);
  }
  co_return stream;
}

}  // namespace

Result<std::unique_ptr<Listener>> TcpNetwork::listen(Reactor& reactor, Endpoint endpoint) {
  TRY(const auto addresses, resolve(endpoint));
  // "localhost" has an address of each kind: IPv4 is the one that every client tries.
  const auto ipv4 = std::ranges::find(addresses, AF_INET, &SocketAddress::family);
  return TcpListener::open(reactor, ipv4 != addresses.end() ? *ipv4 : addresses.front());
}

Task<Result<std::unique_ptr<Stream>>> TcpNetwork::connect(Reactor& reactor, Endpoint endpoint) {
  CO_TRY(const auto addresses, resolve(endpoint));
  std::optional<Error> first_error;
  for (const SocketAddress& address : addresses) {
    auto stream = co_await connect_to(reactor, address);
    if (stream) co_return std::move(stream);
    if (!first_error) first_error = std::move(stream).error();
  }
  co_return fail(std::move(*first_error));
}

}  // namespace koine::io
