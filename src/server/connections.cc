#include "server/connections.h"

#include <array>
#include <vector>

namespace koine::server {

namespace {

constexpr std::string_view component = "server";

constexpr std::string_view http_refusal =
    "HTTP/1.1 400 Bad Request\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 16\r\n"
    "Connection: close\r\n"
    "\r\n"
    "TLS is required\n";

// Closes a stream at a time, unless it dies before.
class Deadline {
 public:
  Deadline(io::Reactor& reactor, MonotonicTime when, io::Stream& stream)
      : reactor_(reactor), timer_(reactor.call_at(when, [this, &stream] {
          timer_ = io::TimerId::none;
          stream.close();
        })) {}
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() {
    if (timer_ != io::TimerId::none) reactor_.cancel(timer_);
  }

 private:
  io::Reactor& reactor_;
  io::TimerId timer_;
};

// A connection's place among connections.max, and among those whose memory goes back when many are gone.
class Place {
 public:
  Place(ConnectionCount& count, MemoryReturn& memory) : count_(count), memory_(memory) {
    memory_.opened();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    count_.leave();
    memory_.closed();
  }

 private:
  ConnectionCount& count_;
  MemoryReturn& memory_;
};

// The stream is in the register for as long as this lives.
class Unrecognized {
 public:
  Unrecognized(TrackedStream::Register& streams, TrackedStream& stream)
      : streams_(streams), stream_(stream) {
    streams_.insert(&stream_);
  }
  Unrecognized(const Unrecognized&) = delete;
  Unrecognized& operator=(const Unrecognized&) = delete;
  ~Unrecognized() { streams_.erase(&stream_); }

 private:
  TrackedStream::Register& streams_;
  TrackedStream& stream_;
};

// Reads until the protocol is known, and puts the bytes back. Errors: closed, io_error.
Task<Result<Detected>> look_at(TrackedStream& stream) {
  std::array<std::byte, detect_bytes_max> first{};
  std::size_t size = 0;
  Detected detected = Detected::undecided;
  while (detected == Detected::undecided) {
    CO_TRY(co_await stream.wait_readable());
    CO_TRY(const io::Moved moved, stream.try_read(MutableByteView(first).subspan(size)));
    if (moved.end_of_stream) co_return fail(ErrorCode::closed);
    size += moved.bytes;
    detected = detect(ByteView(first).first(size));
  }
  stream.put_back(Bytes::copy_of(ByteView(first).first(size)));
  co_return detected;
}

}  // namespace

Connections::Connections(runtime::Shard& shard, Logger& log, ConnectionCount& count,
                         Protocols protocols, Options options)
    : shard_(shard),
      log_(log),
      count_(count),
      protocols_(protocols),
      options_(options),
      memory_(shard.reactor()) {}

void Connections::take(std::unique_ptr<io::AcceptedSocket> socket, ListenerFor listener) {
  take(socket->adopt(shard_.reactor()), listener);
}

void Connections::take(std::unique_ptr<io::Stream> stream, ListenerFor listener) {
  if (gate_.is_closed()) {
    count_.leave();
    return;
  }
  gate_.spawn(serve(std::move(stream), listener));
}

Task<void> Connections::serve(std::unique_ptr<io::Stream> stream, ListenerFor listener) {
  const Place place(count_, memory_);
  auto tracked = std::make_unique<TrackedStream>(streams_, std::move(stream));
  Recognized recognized = co_await recognize(std::move(tracked), listener);
  if (recognized.protocol != nullptr) {
    co_await recognized.protocol->serve(std::move(recognized.stream));
  }
}

Protocol* Connections::protocol_of(Detected detected, ListenerFor listener) const {
  if (detected == Detected::kafka) return &protocols_.kafka;
  if (detected == Detected::amqp || listener == ListenerFor::amqp) return &protocols_.amqp;
  if (detected == Detected::http) return &protocols_.http;
  return nullptr;
}

Task<Connections::Recognized> Connections::recognize(std::unique_ptr<TrackedStream> stream,
                                                     ListenerFor listener) {
  // The lowest stream: closing it ends the waits of what is put on top of it. When it dies, nothing is awaited anymore
  // before these two are gone.
  const Unrecognized unrecognized(unrecognized_, *stream);
  const Deadline deadline(shard_.reactor(), shard_.now() + recognition_deadline, *stream);
  Result<Detected> detected = co_await look_at(*stream);
  if (detected == Detected::tls) {
    stream = co_await shake_hands(std::move(stream));
    if (stream == nullptr) co_return Recognized{};
    detected = co_await look_at(*stream);
  }
  if (!detected) {
    log_.debug(component, "a connection ended before it said anything",
               {{"peer", stream->peer_address()}});
    co_return Recognized{};
  }
  Protocol* const protocol = protocol_of(*detected, listener);
  if (protocol == nullptr) {
    log_.peer(component, "a connection speaks a protocol that is not served here",
              {{"peer", stream->peer_address()}, {"protocol", name_of(*detected)}});
    co_return Recognized{};
  }
  if (options_.tls_required && !stream->is_encrypted()) {
    co_await refuse_without_tls(std::move(stream), *detected);
    co_return Recognized{};
  }
  co_return Recognized{.stream = std::move(stream), .protocol = protocol};
}

Task<std::unique_ptr<TrackedStream>> Connections::shake_hands(
    std::unique_ptr<TrackedStream> stream) {
  const std::string peer = stream->peer_address();
  if (tls_ == nullptr) {
    log_.peer(component, "a TLS connection was closed; tls.certificate is not set",
              {{"peer", peer}});
    co_return nullptr;
  }
  const std::shared_ptr<TlsAcceptor> tls = tls_;
  auto encrypted = co_await tls->accept(std::move(stream));
  if (!encrypted) {
    log_.peer(component, "a TLS handshake failed",
              {{"peer", peer}, {"reason", encrypted.error().to_string()}});
    co_return nullptr;
  }
  co_return std::make_unique<TrackedStream>(streams_, std::move(*encrypted));
}

Task<void> Connections::refuse_without_tls(std::unique_ptr<io::Stream> stream, Detected detected) {
  log_.peer(component, "a connection without TLS was closed; tls.required is set",
            {{"peer", stream->peer_address()}});
  if (detected != Detected::http) co_return;
  const auto written = co_await io::write_all(*stream, as_bytes(http_refusal));
  if (written) stream->shutdown_write();
}

Task<void> Connections::drain(MonotonicTime deadline) {
  // What protocols serve is theirs to end; the others never got that far.
  for (TrackedStream* stream : unrecognized_) stream->close();
  protocols_.kafka.drain();
  protocols_.amqp.drain();
  protocols_.http.drain();
  const io::TimerId timer = shard_.reactor().call_at(deadline, [this] {
    log_.warning(component, "connections are closed at the shutdown deadline",
                 {{"connections", streams_.size()}});
    for (TrackedStream* stream : streams_) stream->close();
  });
  co_await gate_.close();
  shard_.reactor().cancel(timer);
}

}  // namespace koine::server
