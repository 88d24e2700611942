// Network: where streams come from. Real: TCP sockets; simulated: pipes in memory joined by name.
//
// A listener is served by one shard, which hands accepted sockets to the shard that will own the
// connection; only there does a socket become a Stream.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "io/reactor.h"
#include "io/stream.h"

namespace koine::io {

struct Endpoint {
  std::string host;        // "127.0.0.1", "::1", "0.0.0.0" or a name
  std::uint16_t port = 0;  // 0: any free port

  // "HOST:PORT", an IPv6 address in brackets.
  static Result<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  bool operator==(const Endpoint&) const = default;
};

// Whether only this machine reaches the host: "localhost", ::1 or an address in 127.0.0.0/8, without brackets. A name that
// begins like one ("127.example.org") is none.
bool is_loopback(std::string_view host);
// The same of a Stream's peer_address().
bool is_on_this_machine(std::string_view peer_address);

// A connection that no shard owns yet. Movable between threads; closes the socket if nobody adopts it.
class AcceptedSocket {
 public:
  AcceptedSocket() = default;
  AcceptedSocket(const AcceptedSocket&) = delete;
  AcceptedSocket& operator=(const AcceptedSocket&) = delete;
  virtual ~AcceptedSocket() = default;

  // On the shard that runs `reactor`: the stream that this socket becomes. Call once.
  virtual std::unique_ptr<Stream> adopt(Reactor& reactor) = 0;
};

class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  // The next connection. Waits out what passes (no descriptors left: a pause, then again); ErrorCode::closed
  // after close().
  virtual Task<Result<std::unique_ptr<AcceptedSocket>>> accept() = 0;
  virtual Endpoint local_endpoint() const = 0;
  // Of senders on this machine, from the next connection on: so that their streams leave less unread than otherwise
  // (Stream::leave_unread_to_sender). Large transfers cost a little more.
  virtual void prefer_small_packets() {}
  virtual void close() = 0;
};

class Network {
 public:
  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  // Errors: unavailable (address in use), invalid_argument (no such host), denied (privileged port).
  virtual Result<std::unique_ptr<Listener>> listen(Reactor& reactor, Endpoint endpoint) = 0;
  virtual Task<Result<std::unique_ptr<Stream>>> connect(Reactor& reactor, Endpoint endpoint) = 0;
};

}  // namespace koine::io
