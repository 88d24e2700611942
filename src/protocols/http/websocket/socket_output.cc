#include "protocols/http/websocket/socket_output.h"

#include <array>
#include <optional>
#include <utility>

#include "runtime/turn.h"

namespace koine::http {

SocketOutput::SocketOutput(io::Reactor& reactor, io::Stream& stream, runtime::Gate& gate,
                           Opcode kind, Deflater* deflater, Statistics& statistics,
                           Duration send_deadline, OnChange on_change)
    : reactor_(reactor),
      stream_(stream),
      gate_(gate),
      kind_(kind),
      deflater_(deflater),
      statistics_(statistics),
      send_deadline_(send_deadline),
      on_change_(std::move(on_change)) {}

void SocketOutput::send(std::string_view first, std::string_view second, std::string_view third) {
  if (!is_open()) return;
  const std::size_t size = first.size() + second.size() + third.size();
  if (deflater_ != nullptr && size >= deflate_bytes_min) {
    std::string whole;
    whole.reserve(size);
    whole.append(first).append(second).append(third);
    const std::string_view compressed = deflater_->deflate(whole);
    append_frame_head(waiting_, kind_, compressed.size(), Compressed::yes);
    waiting_ += compressed;
  } else {
    append_frame_head(waiting_, kind_, size);
    waiting_.append(first).append(second).append(third);
  }
  flush_soon();
}

void SocketOutput::send_control(Opcode opcode, std::string_view payload) {
  if (!is_open()) return;
  append_frame(waiting_, opcode, payload);
  flush_soon();
}

void SocketOutput::send_close(CloseCode code, std::string_view reason) {
  if (!is_open()) return;
  append_close(waiting_, code, reason);
  is_closed_ = true;
  flush_soon();
}

void SocketOutput::flush_soon() {
  if (is_flushing_ || gate_.is_closed()) return;
  is_flushing_ = true;
  gate_.spawn(flush());
}

void SocketOutput::fail() {
  has_failed_ = true;
  waiting_ = {};
  stream_.close();
}

Task<void> SocketOutput::flush() {
  co_await runtime::next_turn(reactor_);
  const Result<> written = co_await write();
  if (!written) fail();
  is_flushing_ = false;
  on_change_();
}

Task<Result<>> SocketOutput::write() {
  std::string sending;
  std::size_t sent = 0;
  std::optional<Watchdog> watchdog;  // only while the peer is slow
  while (!waiting_.empty() || sent < sending.size()) {
    if (sent == sending.size()) {
      sending.clear();
      sent = 0;
      std::swap(sending, waiting_);
      on_change_();
    }
    const std::array parts{as_bytes(sending).subspan(sent)};
    CO_TRY(const io::Moved moved, stream_.try_write(parts));
    sent += moved.bytes;
    statistics_.bytes_sent += moved.bytes;
    if (moved.bytes > 0) {
      if (watchdog) watchdog->relax();
      continue;
    }
    if (!watchdog) {
      watchdog.emplace(reactor_, [this](std::string_view) { stream_.close(); });
    }
    watchdog->expect_within(send_deadline_, "the peer took nothing for too long");
    CO_TRY(co_await stream_.wait_writable());
  }
  waiting_ = {};
  co_return Result<>{};
}

}  // namespace koine::http
