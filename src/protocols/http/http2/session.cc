#include "protocols/http/http2/session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "protocols/http/http2/callbacks.h"

namespace koine::http {

namespace {

// What is read is taken in steps, so that our own limits act before the library's, which ends a session without a word.
constexpr std::size_t step_bytes = 4 * KiB;

Connection describe(const io::Stream& stream) {
  Connection connection;
  connection.peer_address = stream.peer_address();
  connection.is_encrypted = stream.is_encrypted();
  connection.peer_identity = stream.peer_identity();
  return connection;
}

}  // namespace

Http2Session::Http2Session(BrokerResources& resources, std::unique_ptr<io::Stream> stream)
    : resources_(resources),
      stream_(std::move(stream)),
      connection_(describe(*stream_)),
      watchdog_(resources.engine.shard().reactor(),
                [this](std::string_view reason) { on_expired(reason); }),
      written_(resources.engine.shard().reactor()),
      session_(open_http2_library(this)) {}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

Task<void> Http2Session::run(std::unique_ptr<FirstRequest> first) {
  ++resources_.statistics.http2_connections_opened;
  const Result<> outcome = co_await serve(std::move(first));
  is_broken_ = true;
  if (check_timer_ != io::TimerId::none) resources_.engine.shard().reactor().cancel(check_timer_);
  check_timer_ = io::TimerId::none;
  for (const auto& [id, stream] : std::exchange(streams_, {})) {
    stream->is_closed = true;
    stream->stop.set(Stop::Reason::closed);
    stream->drained.notify_all();
    if (stream->tunnel != nullptr) stream->tunnel->close();
  }
  ready_.clear();
  stream_->close();
  co_await gate_.close();
  log_end(outcome);
}

Task<Result<>> Http2Session::serve(std::unique_ptr<FirstRequest> first) {
  CO_TRY(start(std::move(first)));
  while (!is_finished()) {
    expect_frames();
    CO_TRY(co_await stream_->wait_readable());
    const MutableByteView scratch(resources_.scratch);
    CO_TRY(const io::Moved moved, stream_->try_read(scratch));
    peer_ended_ = moved.end_of_stream;
    if (peer_ended_) co_return Result<>{};
    if (moved.bytes == 0) continue;
    resources_.statistics.bytes_received += moved.bytes;
    CO_TRY(take(scratch.first(moved.bytes)));
  }
  co_return co_await linger();
}

// What was said last is taken before the connection closes.
Task<Result<>> Http2Session::linger() {
  while (is_writing_) co_await written_.wait();
  stream_->shutdown_write();
  watchdog_.expect_within(http2_linger_deadline, "");
  for (;;) {
    CO_TRY(co_await stream_->wait_readable());
    CO_TRY(const io::Moved moved, stream_->try_read(resources_.scratch));
    if (moved.end_of_stream) co_return Result<>{};
  }
}

Result<> Http2Session::start(std::unique_ptr<FirstRequest> first) {
  const std::array settings{
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, http2_streams_max},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, http2_stream_window},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, head_bytes_max},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}};
  if (first != nullptr) {
    const std::string& payload = first->settings;
    const bool is_head = first->request.method == Method::head;
    const int upgraded =
        nghttp2_session_upgrade2(session_, reinterpret_cast<const std::uint8_t*>(payload.data()),
                                 payload.size(), is_head ? 1 : 0, nullptr);
    if (upgraded != 0) return fail(ErrorCode::corrupt, "HTTP2-Settings can't be understood");
  }
  CHECK(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) ==
        0);
  CHECK(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                              http2_connection_window) == 0);
  if (first != nullptr) begin_first(std::move(*first));
  return flush();
}

void Http2Session::begin_first(FirstRequest first) {
  constexpr std::int32_t id = 1;
  runtime::Shard& shard = resources_.engine.shard();
  auto stream = std::make_shared<Http2Stream>(shard.reactor(), resources_.body_budget, id);
  stream->head = first.head;
  stream->request = std::move(first.request);
  stream->request.move_texts(as_bytes(first.head), as_bytes(stream->head));
  stream->request.is_http2 = true;
  stream->request.upgrade = {};
  stream->moved_at = shard.now();
  nghttp2_session_set_stream_user_data(session_, id, stream.get());
  Http2Stream& taken = *streams_.emplace(id, std::move(stream)).first->second;
  schedule_check();
  Admission admission = admit(resources_, connection_, taken.request);
  if (admission) {
    taken.route = *admission;
  } else {
    respond(taken, std::move(admission).error());
  }
  take_end(taken);
  begin_ready();
}

Result<> Http2Session::take(ByteView bytes) {
  while (!bytes.empty() && !is_flooded_ && !is_broken_) {
    const ByteView step = bytes.first(std::min(bytes.size(), step_bytes));
    take_step(step);
    bytes = bytes.subspan(step.size());
  }
  if (!is_flooded_) begin_ready();
  return flush();
}

void Http2Session::take_step(ByteView bytes) {
  const auto* const octets = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const ssize_t taken = nghttp2_session_mem_recv(session_, octets, bytes.size());
  if (taken >= 0) return;
  ++resources_.statistics.malformed_requests;
  reason_ = nghttp2_strerror(static_cast<int>(taken));
  if (taken == NGHTTP2_ERR_FLOODED) ++resources_.statistics.abusive_connections;
  is_broken_ = true;
}

bool Http2Session::is_finished() const {
  if (is_broken_) return true;
  if (draining_ && streams_.empty()) return true;
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

// A head that has begun to arrive is not given more time by every byte of it.
void Http2Session::expect_frames() {
  if (is_in_head_) {
    if (std::exchange(is_head_expected_, true)) return;
    watchdog_.expect_within(resources_.options.head_deadline, "a head did not arrive in time");
    return;
  }
  is_head_expected_ = false;
  if (streams_.empty()) {
    watchdog_.expect_within(resources_.options.idle_max, "nothing moved for too long");
  } else {
    watchdog_.relax();
  }
}

// A peer that keeps a window shut, or a body to itself, holds what its stream holds: not for ever.
void Http2Session::check_streams() {
  check_timer_ = io::TimerId::none;
  const MonotonicTime now = resources_.engine.shard().now();
  for (const auto& [id, stream] : streams_) {
    const bool is_receiving = !stream->is_whole && stream->tunnel == nullptr;
    const Duration patience = is_receiving           ? resources_.options.body_deadline
                              : stream->unsent() > 0 ? resources_.options.send_deadline
                                                     : Duration::max();
    if (now - stream->moved_at < patience) continue;
    ++resources_.statistics.timed_out_connections;
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  }
  flush_soon();
  if (!streams_.empty()) schedule_check();
}

void Http2Session::schedule_check() {
  if (check_timer_ != io::TimerId::none) return;
  runtime::Shard& shard = resources_.engine.shard();
  check_timer_ =
      shard.reactor().call_at(shard.now() + http2_check_interval, [this] { check_streams(); });
}

void Http2Session::on_expired(std::string_view reason) {
  if (reason_.empty() && !reason.empty()) {
    reason_ = reason;
    ++resources_.statistics.timed_out_connections;
  }
  const bool is_idle = streams_.empty() && !is_in_head_ && !is_writing_ && !is_finished();
  if (is_idle) return say_goodbye();
  is_broken_ = true;
  stream_->close();
}

// So that the client does not take it for a failure, and knows which requests were not looked at (RFC 9113 6.8, 9.1).
void Http2Session::say_goodbye() {
  nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
  flush_soon();
}

void Http2Session::drain() {
  draining_ = true;
  const std::int32_t last = nghttp2_session_get_last_proc_stream_id(session_);
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
  for (const auto& [id, stream] : streams_) stream->stop.set(Stop::Reason::draining);
  flush_soon();
}

void Http2Session::log_end(const Result<>& outcome) {
  Logger& log = resources_.log;
  if (reason_.empty() && !outcome && outcome.error().code() != ErrorCode::closed) {
    reason_ = outcome.error().to_string();
  }
  if (reason_.empty() || draining_) {
    log.debug(log_component, "a connection ended", {{"peer", connection_.peer_address}});
    return;
  }
  log.peer(log_component, "a connection was closed",
           {{"peer", connection_.peer_address}, {"reason", reason_}});
}

}  // namespace koine::http
