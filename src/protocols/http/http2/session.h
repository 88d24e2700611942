// Http2Session: one connection that speaks HTTP/2 (RFC 9113), on one shard. The frames are nghttp2's; what they mean is here.
//
//   read -> nghttp2 -> streams that are whole -> handlers -> responses -> nghttp2 -> one write for each turn
//
// Work is started when everything that arrived at once was looked at: a request that is cancelled in the same breath costs none.
// Bodies are counted against the shard's budget, and the windows of a stream open only as they are. A peer that does not read is still
// read from: what it can make us hold is bounded by the windows, the number of streams and nghttp2's queue of acknowledgements. A body that is made while it is
// sent is asked for as the peer's window opens. Floods end the connection (flood_guard.h).
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "io/stream.h"
#include "protocols/http/broker_resources.h"
#include "protocols/http/connection.h"
#include "protocols/http/dispatch.h"
#include "protocols/http/http2/first_request.h"
#include "protocols/http/http2/flood_guard.h"
#include "protocols/http/http2/stream.h"
#include "protocols/http/http2/tunnel_stream.h"
#include "protocols/http/session.h"
#include "protocols/http/watchdog.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::http {

// Fewer broke clients elsewhere.
inline constexpr std::uint32_t http2_streams_max = 128;
// What a stream may send before we say that we took it; and all streams of a connection together.
inline constexpr std::int32_t http2_stream_window = 256 * KiB;
inline constexpr std::int32_t http2_connection_window = 1 * MiB;
// What is asked of the library before it is sent.
inline constexpr std::size_t http2_output_bytes_max = 64 * KiB;
// The peer has this long to take what we sent last and to close.
inline constexpr Duration http2_linger_deadline = std::chrono::seconds(1);
// How often streams are looked at that do not move.
inline constexpr Duration http2_check_interval = std::chrono::seconds(5);

class Http2Session final : public Session, private TunnelPipe::Owner {
 public:
  Http2Session(BrokerResources& resources, std::unique_ptr<io::Stream> stream);
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;
  ~Http2Session() override;

  // Once. Returns when the connection has ended and nothing of it is under way. `first`: or null.
  Task<void> run(std::unique_ptr<FirstRequest> first);

  // The streams under way are answered, no others are taken, and the connection ends.
  void drain() override;

 private:
  friend struct Http2Callbacks;

  // session.cc: the loop.
  Task<Result<>> serve(std::unique_ptr<FirstRequest> first);
  Result<> start(std::unique_ptr<FirstRequest> first);
  void begin_first(FirstRequest first);
  Task<Result<>> linger();
  Result<> take(ByteView bytes);
  void take_step(ByteView bytes);
  bool is_finished() const;
  void expect_frames();
  void check_streams();
  void schedule_check();
  void log_end(const Result<>& outcome);
  void on_expired(std::string_view reason);
  void say_goodbye();

  // session_frames.cc: what the library tells.
  int on_begin_headers(const nghttp2_frame& frame);
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int on_frame(const nghttp2_frame& frame);
  int on_data(std::int32_t id, ByteView bytes);
  int on_closed(std::int32_t id);
  int on_frame_sent(const nghttp2_frame& frame);
  int on_invalid_frame();
  int count_cheap_frame();
  void end_flood();
  Http2Stream* find(std::int32_t id) const;
  void take_head(Http2Stream& stream);
  Outcome<> read_head(Http2Stream& stream);
  void take_end(Http2Stream& stream);
  void take_body(Http2Stream& stream, ByteView bytes);
  Task<void> wait_for_memory(Http2StreamPtr stream);
  void consume(Http2Stream& stream);

  // session_streams.cc: requests and responses.
  void begin_ready();
  void begin_stream(const Http2StreamPtr& stream);
  Task<void> wait_for_handler(Http2StreamPtr stream);
  void respond(Http2Stream& stream, Response response);
  void submit_head(Http2Stream& stream, bool has_body);
  Task<void> fill_body(Http2StreamPtr stream);
  Task<void> run_tunnel(Http2StreamPtr stream, std::unique_ptr<Tunnel> tunnel);
  void on_tunnel_read(std::int32_t id, std::size_t bytes) override;
  void on_tunnel_written(std::int32_t id) override;

  // session_output.cc: bytes out.
  ssize_t read_response(std::int32_t id, std::size_t size_max, std::uint32_t* flags);
  int send_response(std::int32_t id, const std::uint8_t* frame_head, std::size_t size);
  void resume(Http2Stream& stream);
  Result<> flush();
  Task<void> write_unsent();
  Task<Result<>> write_rest();
  void give_up();
  void flush_soon();
  Task<void> flush_next_turn();

  BrokerResources& resources_;
  std::unique_ptr<io::Stream> stream_;
  Connection connection_;
  Watchdog watchdog_;
  runtime::Gate gate_;
  runtime::Signal written_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<std::int32_t, Http2StreamPtr> streams_;
  std::vector<Http2StreamPtr> ready_;  // whole, not begun
  FloodGuard received_guard_;
  FloodGuard reset_guard_;  // our own resets (CVE-2025-8671)
  std::string unsent_;
  std::string reason_;  // why we closed it
  io::TimerId check_timer_ = io::TimerId::none;
  bool is_in_head_ = false;
  bool is_head_expected_ = false;
  bool is_writing_ = false;
  bool is_flush_due_ = false;
  bool is_flooded_ = false;
  bool is_broken_ = false;
  bool peer_ended_ = false;
  bool draining_ = false;
};

}  // namespace koine::http
