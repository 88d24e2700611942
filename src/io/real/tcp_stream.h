// TcpStream: a connected TCP socket of one shard. Private to io/real; others see Stream.
#pragma once

#include <memory>
#include <string>

#include "io/network.h"
#include "io/real/socket_address.h"
#include "io/stream.h"

namespace koine::io {

class WatchedDescriptor;

// A connected, non-blocking socket that no loop watches; closes it unless it was released.
class ConnectedSocket {
 public:
  ConnectedSocket(int descriptor, SocketAddress peer) : descriptor_(descriptor), peer_(peer) {}
  ConnectedSocket(ConnectedSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), peer_(other.peer_) {}
  ConnectedSocket(const ConnectedSocket&) = delete;
  ConnectedSocket& operator=(const ConnectedSocket&) = delete;
  ConnectedSocket& operator=(ConnectedSocket&&) = delete;
  ~ConnectedSocket();

  int number() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }
  const SocketAddress& peer() const { return peer_; }

 private:
  int descriptor_;
  SocketAddress peer_;
};

class TcpStream final : public Stream {
 public:
  TcpStream(std::shared_ptr<WatchedDescriptor> descriptor, const SocketAddress& peer);
  // Sets TCP_NODELAY and keepalive. On the reactor's thread.
  static std::unique_ptr<Stream> adopt(Reactor& reactor, ConnectedSocket socket);
  ~TcpStream() override;

  Task<Result<>> wait_readable() override;
  Result<Moved> try_read(MutableByteView into) override;
  void rest() override;
  // Also false after much has arrived: the buffer has grown, and is not made smaller.
  bool leave_unread_to_sender() override;
  std::size_t unread() const override;
  Task<Result<>> wait_writable() override;
  Result<Moved> try_write(std::span<const ByteView> parts) override;
  void shutdown_write() override;
  void close() override;
  std::string local_address() const override;
  std::string peer_address() const override;
  bool is_encrypted() const override { return false; }

 private:
  std::shared_ptr<WatchedDescriptor> descriptor_;
  SocketAddress local_;
  SocketAddress peer_;
};

}  // namespace koine::io
