// SocketOutput: what a WebSocket has to say and its peer has not taken yet. One write for what comes together in a turn; no memory when
// all is sent. Who adds much asks has_room() first: a peer that does not read stops its subscriptions and then its own reader.
// Owned by a WebSocket, one shard.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "io/stream.h"
#include "protocols/http/statistics.h"
#include "protocols/http/watchdog.h"
#include "protocols/http/websocket/deflate.h"
#include "protocols/http/websocket/frame.h"
#include "runtime/gate.h"

namespace koine::http {

// As much as a socket's buffer takes at once.
inline constexpr std::size_t socket_output_bytes_max = 64 * KiB;

class SocketOutput {
 public:
  // Called when there is room again, all is sent, or it failed; through the loop.
  using OnChange = std::move_only_function<void()>;

  // Messages are of this kind: text or binary. No deflater: no compression was agreed on. Everything outlives it; the gate is closed
  // before.
  SocketOutput(io::Reactor& reactor, io::Stream& stream, runtime::Gate& gate, Opcode kind,
               Deflater* deflater, Statistics& statistics, Duration send_deadline,
               OnChange on_change);
  SocketOutput(const SocketOutput&) = delete;
  SocketOutput& operator=(const SocketOutput&) = delete;

  // A message in up to three parts, whole in one frame.
  void send(std::string_view first, std::string_view second = {}, std::string_view third = {});
  void send_control(Opcode opcode, std::string_view payload);
  // The last: what is added later is dropped.
  void send_close(CloseCode code, std::string_view reason);

  // What is added is sent.
  bool is_open() const { return !is_closed_ && !has_failed_; }
  bool has_room() const { return waiting_.size() < socket_output_bytes_max; }
  bool is_empty() const { return waiting_.empty() && !is_flushing_; }
  // The peer is gone, or took nothing for too long.
  bool has_failed() const { return has_failed_; }

 private:
  void flush_soon();
  Task<void> flush();
  Task<Result<>> write();
  void fail();

  io::Reactor& reactor_;
  io::Stream& stream_;
  runtime::Gate& gate_;
  Opcode kind_;
  Deflater* deflater_;
  Statistics& statistics_;
  Duration send_deadline_;
  OnChange on_change_;
  std::string waiting_;
  bool is_flushing_ = false;
  bool is_closed_ = false;
  bool has_failed_ = false;
};

}  // namespace koine::http
