#include "protocols/http/http2/tunnel_stream.h"

#include <algorithm>
#include <cstring>

namespace koine::http {

namespace {

std::unexpected<Error> closed() { return fail(ErrorCode::closed, "the stream was closed"); }

}  // namespace

void TunnelPipe::close() {
  owner = nullptr;
  is_broken = !is_inbound_ended;
  is_inbound_ended = true;
  readable.notify_all();
  writable.notify_all();
}

Task<Result<>> Http2TunnelStream::run_wait_readable(std::shared_ptr<TunnelPipe> pipe) {
  while (pipe->inbound.empty() && !pipe->is_inbound_ended) co_await pipe->readable.wait();
  co_return Result<>{};
}

Task<Result<>> Http2TunnelStream::run_wait_writable(std::shared_ptr<TunnelPipe> pipe) {
  while (pipe->owner != nullptr && pipe->outbound.size() >= tunnel_outbound_bytes_max) {
    co_await pipe->writable.wait();
  }
  if (pipe->owner == nullptr) co_return closed();
  co_return Result<>{};
}

Result<io::Moved> Http2TunnelStream::try_read(MutableByteView into) {
  TunnelPipe& pipe = *pipe_;
  const std::size_t size = std::min(into.size(), pipe.inbound.size());
  if (size == 0) {
    if (pipe.is_broken) return closed();
    return io::Moved{.bytes = 0, .end_of_stream = pipe.is_inbound_ended};
  }
  std::memcpy(into.data(), pipe.inbound.data(), size);
  pipe.inbound.erase(pipe.inbound.begin(),
                     pipe.inbound.begin() + static_cast<std::ptrdiff_t>(size));
  if (pipe.inbound.empty()) pipe.inbound = {};
  if (pipe.owner != nullptr) pipe.owner->on_tunnel_read(pipe.stream, size);
  return io::Moved{.bytes = size};
}

Result<io::Moved> Http2TunnelStream::try_write(std::span<const ByteView> parts) {
  TunnelPipe& pipe = *pipe_;
  if (pipe.owner == nullptr || pipe.is_outbound_ended) return closed();
  io::Moved moved;
  for (const ByteView part : parts) {
    const std::size_t room =
        tunnel_outbound_bytes_max - std::min(pipe.outbound.size(), tunnel_outbound_bytes_max);
    const std::size_t size = std::min(part.size(), room);
    pipe.outbound += as_text(part.first(size));
    moved.bytes += size;
    if (size < part.size()) break;
  }
  if (moved.bytes > 0) pipe.owner->on_tunnel_written(pipe.stream);
  return moved;
}

void Http2TunnelStream::shutdown_write() {
  TunnelPipe& pipe = *pipe_;
  if (pipe.owner == nullptr || pipe.is_outbound_ended) return;
  pipe.is_outbound_ended = true;
  pipe.owner->on_tunnel_written(pipe.stream);
}

void Http2TunnelStream::close() {
  shutdown_write();
  // The session tells who still waits.
  pipe_->is_inbound_ended = true;
  pipe_->is_broken = true;
  pipe_->inbound = {};
  pipe_->readable.notify_all();
  pipe_->writable.notify_all();
}

}  // namespace koine::http
