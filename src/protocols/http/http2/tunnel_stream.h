// A stream of an HTTP/2 connection as an io::Stream, for what takes it over after 200 (RFC 8441).
//
//   session  -- inbound  -->  TunnelPipe  --> try_read     what is read lets the peer send more
//            <- outbound ---              <-- try_write    bounded: a peer that does not read is waited for
//
// The pipe is shared by both ends; either may go first. One shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/units.h"
#include "io/stream.h"
#include "runtime/signal.h"

namespace koine::http {

inline constexpr std::size_t tunnel_outbound_bytes_max = 64 * KiB;

struct TunnelPipe {
  class Owner {
   public:
    Owner() = default;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    virtual ~Owner() = default;
    // So much of the stream's inbound bytes was read.
    virtual void on_tunnel_read(std::int32_t stream, std::size_t bytes) = 0;
    // There is more to send, or the end of it.
    virtual void on_tunnel_written(std::int32_t stream) = 0;
  };

  explicit TunnelPipe(io::Reactor& reactor) : readable(reactor), writable(reactor) {}
  // The session's end is gone.
  void close();

  Owner* owner = nullptr;  // null: closed
  std::int32_t stream = 0;
  std::vector<std::byte> inbound;  // at most the stream's window
  std::string outbound;
  bool is_inbound_ended = false;
  bool is_outbound_ended = false;
  bool is_broken = false;
  runtime::Signal readable;
  runtime::Signal writable;
};

class Http2TunnelStream final : public io::Stream {
 public:
  struct Description {
    std::string local_address;
    std::string peer_address;
    bool is_encrypted = false;
    std::string peer_identity;
  };
  Http2TunnelStream(std::shared_ptr<TunnelPipe> pipe, Description description)
      : pipe_(std::move(pipe)), description_(std::move(description)) {}
  ~Http2TunnelStream() override { Http2TunnelStream::close(); }

  Task<Result<>> wait_readable() override { return run_wait_readable(pipe_); }
  Result<io::Moved> try_read(MutableByteView into) override;
  Task<Result<>> wait_writable() override { return run_wait_writable(pipe_); }
  Result<io::Moved> try_write(std::span<const ByteView> parts) override;
  void shutdown_write() override;
  void close() override;
  std::string local_address() const override { return description_.local_address; }
  std::string peer_address() const override { return description_.peer_address; }
  bool is_encrypted() const override { return description_.is_encrypted; }
  std::string peer_identity() const override { return description_.peer_identity; }

 private:
  static Task<Result<>> run_wait_readable(std::shared_ptr<TunnelPipe> pipe);
  static Task<Result<>> run_wait_writable(std::shared_ptr<TunnelPipe> pipe);

  std::shared_ptr<TunnelPipe> pipe_;
  Description description_;
};

}  // namespace koine::http
