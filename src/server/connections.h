// Connections: the open connections of one shard, from the accepted socket to the protocol that serves them.
//
//   accept -> [first bytes] -> TLS? -> handshake -> [first bytes] -> Kafka, AMQP, HTTP -> Protocol::serve
//                                                                 -> other -> closed
//
// One for each shard; every call on that shard, except where said. Until its protocol is known a connection holds
// detect_bytes_max bytes, and has recognition_deadline.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/log.h"
#include "io/network.h"
#include "runtime/gate.h"
#include "runtime/shard.h"
#include "server/detect.h"
#include "server/memory_return.h"
#include "server/protocol.h"
#include "server/tls_acceptor.h"
#include "server/tracked_stream.h"

namespace koine::server {

// Clients of all protocols speak first and at once; a TLS handshake over a slow link takes a few seconds.
inline constexpr Duration recognition_deadline = std::chrono::seconds(30);

// Open connections of all shards together. Thread-safe.
class ConnectionCount {
 public:
  explicit ConnectionCount(std::uint64_t max) : max_(max) {}
  bool try_enter() {
    if (count_.fetch_add(1, std::memory_order_relaxed) < max_) return true;
    leave();
    return false;
  }
  void leave() { count_.fetch_sub(1, std::memory_order_relaxed); }
  std::uint64_t max() const { return max_; }

 private:
  std::uint64_t max_;
  std::atomic<std::uint64_t> count_ = 0;
};

// What is served; all of it outlives the connections.
struct Protocols {
  Protocol& kafka;
  Protocol& amqp;
  Protocol& http;
};

// For whom a listener is there. Who speaks something else on AMQP's own is answered as AMQP answers another protocol.
enum class ListenerFor : std::uint8_t { any, amqp };

class Connections {
 public:
  struct Options {
    bool tls_required = false;
  };

  Connections(runtime::Shard& shard, Logger& log, ConnectionCount& count, Protocols protocols,
              Options options);
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // For the connections that come from now on; null: no TLS.
  void set_tls(std::shared_ptr<TlsAcceptor> tls) { tls_ = std::move(tls); }

  // The socket was counted by try_enter(). Dropped when draining.
  void take(std::unique_ptr<io::AcceptedSocket> socket, ListenerFor listener);
  void take(std::unique_ptr<io::Stream> stream, ListenerFor listener = ListenerFor::any);

  // Asks the protocols to end, and waits for their last connection; closes what is still open at the deadline. Call
  // once, before destruction.
  Task<void> drain(MonotonicTime deadline);

  std::size_t open() const { return gate_.running(); }

 private:
  Task<void> serve(std::unique_ptr<io::Stream> stream, ListenerFor listener);
  struct Recognized {
    std::unique_ptr<io::Stream> stream;  // its first bytes put back
    Protocol* protocol = nullptr;        // null: it was turned away, and logged
  };
  // Not inlined: its frame is given back before the connection is served.
  [[gnu::noinline]] Task<Recognized> recognize(std::unique_ptr<TrackedStream> stream,
                                               ListenerFor listener);
  // Null: not served here.
  Protocol* protocol_of(Detected detected, ListenerFor listener) const;

  Task<std::unique_ptr<TrackedStream>> shake_hands(std::unique_ptr<TrackedStream> stream);
  Task<void> refuse_without_tls(std::unique_ptr<io::Stream> stream, Detected detected);

  runtime::Shard& shard_;
  Logger& log_;
  ConnectionCount& count_;
  Protocols protocols_;
  Options options_;
  std::shared_ptr<TlsAcceptor> tls_;
  MemoryReturn memory_;
  TrackedStream::Register streams_;
  TrackedStream::Register unrecognized_;  // no protocol has them yet
  runtime::Gate gate_;
};

}  // namespace koine::server
