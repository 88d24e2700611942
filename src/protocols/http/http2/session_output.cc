// Bytes on their way out: what the library wants to send is gathered, and leaves in one write for each turn.
#include <algorithm>
#include <array>
#include <utility>

#include "protocols/http/http2/session.h"
#include "runtime/turn.h"

namespace koine::http {

// The library asks how much of a body there is; send_response puts it out.
ssize_t Http2Session::read_response(std::int32_t id, std::size_t size_max, std::uint32_t* flags) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const std::size_t unsent = stream->unsent();
  if (unsent == 0 && !stream->is_at_end()) {
    stream->is_deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const std::size_t size = std::min(unsent, size_max);
  *flags = NGHTTP2_DATA_FLAG_NO_COPY;
  if (size == unsent && stream->is_at_end()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(size);
}

int Http2Session::send_response(std::int32_t id, const std::uint8_t* frame_head, std::size_t size) {
  constexpr std::size_t frame_head_size = 9;
  std::string& out = resources_.output;
  if (out.size() >= http2_output_bytes_max) return NGHTTP2_ERR_WOULDBLOCK;
  Http2Stream* const stream = find(id);
  if (stream == nullptr || stream->unsent() < size) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  out.append(reinterpret_cast<const char*>(frame_head), frame_head_size);
  stream->moved_at = resources_.engine.shard().now();
  if (stream->tunnel != nullptr) {
    TunnelPipe& pipe = *stream->tunnel;
    out.append(pipe.outbound, 0, size);
    pipe.outbound.erase(0, size);
    if (pipe.outbound.empty()) pipe.outbound = {};
    pipe.writable.notify_all();
    return 0;
  }
  if (!stream->at_hand.empty()) {
    out += as_text(stream->at_hand.first(size));
    stream->at_hand = stream->at_hand.subspan(size);
    return 0;
  }
  std::vector<ByteView> parts;
  stream->made.view(parts);
  std::size_t left = size;
  for (const ByteView part : parts) {
    const ByteView taken = part.first(std::min(left, part.size()));
    out += as_text(taken);
    left -= taken.size();
    if (left == 0) break;
  }
  if (size > 0) stream->made.consume(size);
  if (stream->made.empty()) stream->drained.notify_all();
  return 0;
}

void Http2Session::resume(Http2Stream& stream) {
  if (std::exchange(stream.is_deferred, false)) {
    nghttp2_session_resume_data(session_, stream.id);
  }
  flush_soon();
}

Result<> Http2Session::flush() {
  if (is_writing_) return {};
  std::string& out = resources_.output;
  for (;;) {
    out.clear();
    while (out.size() < http2_output_bytes_max) {
      const std::uint8_t* bytes = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
      if (size < 0) return fail(ErrorCode::corrupt, nghttp2_strerror(static_cast<int>(size)));
      if (size == 0) break;
      out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    if (out.empty()) return {};
    const std::array parts{as_bytes(out)};
    TRY(const io::Moved moved, stream_->try_write(parts));
    resources_.statistics.bytes_sent += moved.bytes;
    if (moved.bytes == out.size()) continue;
    unsent_.assign(out, moved.bytes);
    is_writing_ = true;
    gate_.spawn(write_unsent());
    return {};
  }
}

Task<void> Http2Session::write_unsent() {
  const Result<> written = co_await write_rest();
  unsent_ = {};
  is_writing_ = false;
  expect_frames();
  // May find the socket full again, and then goes on in a task of its own.
  const Result<> outcome = written ? flush() : written;
  if (is_writing_) co_return;
  if (!outcome) give_up();
  written_.notify_all();
}

Task<Result<>> Http2Session::write_rest() {
  std::size_t sent = 0;
  while (sent < unsent_.size()) {
    watchdog_.expect_within(resources_.options.send_deadline, "the peer took nothing for too long");
    CO_TRY(co_await stream_->wait_writable());
    const std::array parts{as_bytes(unsent_).subspan(sent)};
    CO_TRY(const io::Moved moved, stream_->try_write(parts));
    resources_.statistics.bytes_sent += moved.bytes;
    sent += moved.bytes;
  }
  co_return Result<>{};
}

void Http2Session::give_up() {
  is_broken_ = true;
  stream_->close();
}

void Http2Session::flush_soon() {
  if (is_writing_ || is_broken_ || gate_.is_closed()) return;
  if (std::exchange(is_flush_due_, true)) return;
  gate_.spawn(flush_next_turn());
}

Task<void> Http2Session::flush_next_turn() {
  // What others add in this turn goes out with it.
  co_await runtime::next_turn(resources_.engine.shard().reactor());
  is_flush_due_ = false;
  if (is_broken_) co_return;
  if (const Result<> flushed = flush(); !flushed) {
    give_up();
    co_return;
  }
  if (is_writing_) co_return;
  expect_frames();
  // The reader would not notice that this was the last of it.
  if (is_finished()) {
    stream_->shutdown_write();
    watchdog_.expect_within(http2_linger_deadline, "");
  }
}

}  // namespace koine::http
