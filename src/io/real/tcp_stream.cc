#include "io/real/tcp_stream.h"

#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/units.h"
#include "io/real/system_error.h"
#include "io/real/watched_descriptor.h"

namespace koine::io {

namespace {

// More parts than this go with the next call; enough that a call moves a whole response of block references.
constexpr std::size_t parts_per_call_max = 64;

// A receive window opens again when it has room for a whole packet, of 64 KiB on loopback: with room for less than two a sender
// waits for its timer before it sends a part.
constexpr int unread_packets = 2;
constexpr int unread_bytes_min = 96 * KiB;

bool would_block(int number) { return number == EAGAIN || number == EWOULDBLOCK; }

std::unexpected<Error> closed_here() {
  return fail(ErrorCode::closed, "the connection was closed here");
}

void turn_on(int descriptor, int level, int option) {
  const int on = 1;
  setsockopt(descriptor, level, option, &on, sizeof on);
}

}  // namespace

ConnectedSocket::~ConnectedSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

TcpStream::TcpStream(std::shared_ptr<WatchedDescriptor> descriptor, const SocketAddress& peer)
    : descriptor_(std::move(descriptor)),
      local_(SocketAddress::local_of(descriptor_->number())),
      peer_(peer) {}

std::unique_ptr<Stream> TcpStream::adopt(Reactor& reactor, ConnectedSocket socket) {
  turn_on(socket.number(), IPPROTO_TCP, TCP_NODELAY);
  turn_on(socket.number(), SOL_SOCKET, SO_KEEPALIVE);
  const SocketAddress peer = socket.peer();
  return std::make_unique<TcpStream>(WatchedDescriptor::watch(reactor, socket.release()), peer);
}

TcpStream::~TcpStream() { TcpStream::close(); }

Task<Result<>> TcpStream::wait_readable() {
  return WatchedDescriptor::wait(descriptor_, Readiness::readable);
}

void TcpStream::rest() { descriptor_->rest(); }

bool TcpStream::leave_unread_to_sender() {
  if (descriptor_->is_closed() || !peer_.is_loopback()) return false;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(descriptor_->number(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  const int bytes = std::max(unread_bytes_min, unread_packets * static_cast<int>(info.tcpi_advmss));
  // In a buffer that becomes smaller than what the sender was promised packets are lost. The kernel doubles what it is told.
  int now = 0;
  size = sizeof now;
  if (getsockopt(descriptor_->number(), SOL_SOCKET, SO_RCVBUF, &now, &size) != 0) return false;
  if (now > 2 * bytes) return false;
  return setsockopt(descriptor_->number(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) == 0;
}

std::size_t TcpStream::unread() const {
  int bytes = 0;
  if (descriptor_->is_closed() || ::ioctl(descriptor_->number(), FIONREAD, &bytes) != 0) return 0;
  return static_cast<std::size_t>(bytes);
}

Task<Result<>> TcpStream::wait_writable() {
  return WatchedDescriptor::wait(descriptor_, Readiness::writable);
}

Result<Moved> TcpStream::try_read(MutableByteView into) {
  CHECK(!into.empty());
  if (descriptor_->is_closed()) return closed_here();
  for (;;) {
    const ssize_t count = ::recv(descriptor_->number(), into.data(), into.size(), 0);
    if (count >= 0)
      return Moved{.bytes = static_cast<std::size_t>(count), .end_of_stream = count == 0};
    if (would_block(errno)) return Moved{};
    if (errno != EINTR) return system_failure("reading from " + peer_address(), errno);
  }
}

Result<Moved> TcpStream::try_write(std::span<const ByteView> parts) {
  if (descriptor_->is_closed()) return closed_here();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled as needed.
  std::array<iovec, parts_per_call_max> vectors;
  const std::size_t count = std::min(parts.size(), vectors.size());
  for (std::size_t i = 0; i < count; ++i) {
    // sendmsg only reads.
    vectors[i] = {const_cast<std::byte*>(parts[i].data()), parts[i].size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  for (;;) {
    const ssize_t sent = ::sendmsg(descriptor_->number(), &message, MSG_NOSIGNAL);
    if (sent >= 0) return Moved{.bytes = static_cast<std::size_t>(sent)};
    if (would_block(errno)) return Moved{};
    if (errno != EINTR) return system_failure("writing to " + peer_address(), errno);
  }
}

void TcpStream::shutdown_write() {
  if (!descriptor_->is_closed()) ::shutdown(descriptor_->number(), SHUT_WR);
}

void TcpStream::close() { descriptor_->close(); }

std::string TcpStream::local_address() const { return local_.endpoint().to_string(); }

std::string TcpStream::peer_address() const { return peer_.endpoint().to_string(); }

}  // namespace koine::io
