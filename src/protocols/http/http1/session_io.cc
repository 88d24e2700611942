// Bytes of an HTTP/1.1 connection: what arrived and was not taken yet, what could not be sent yet.
#include <array>
#include <utility>

#include "protocols/http/http1/session.h"

namespace koine::http {

bool Http1Session::is_kept() const {
  return !kept_.empty() && arrived_.data() >= kept_.data() &&
         arrived_.data() <= kept_.data() + kept_.size();
}

// Before a wait: what was not taken yet moves out of the scratch memory, which others need.
void Http1Session::keep() {
  if (arrived_.empty()) {
    kept_ = {};
    arrived_ = {};
    return;
  }
  if (is_kept()) {
    kept_.erase(kept_.begin(), kept_.begin() + (arrived_.data() - kept_.data()));
  } else {
    kept_.assign(arrived_.begin(), arrived_.end());
  }
  arrived_ = kept_;
}

// The idle deadline, or that of a head which has begun to arrive; the latter is not moved by every byte of it.
void Http1Session::expect_request() {
  is_idle_ = arrived_.empty();
  if (is_idle_) {
    watchdog_.expect_within(resources_.options.idle_max, "nothing moved for too long");
  } else if (!std::exchange(is_head_expected_, true)) {
    watchdog_.expect_within(resources_.options.head_deadline, "a head did not arrive in time");
  }
}

Task<Result<bool>> Http1Session::read() {
  keep();
  const std::size_t had = arrived_.size();
  while (is_watching_ && arrived_.size() == had) co_await watched_.wait();
  if (arrived_.size() > had) co_return true;
  for (;;) {
    CO_TRY(co_await stream_->wait_readable());
    CO_TRY(const auto is_more, try_read());
    if (is_more) co_return *is_more;
  }
}

Result<std::optional<bool>> Http1Session::try_read() {
  const MutableByteView scratch(resources_.scratch);
  TRY(const io::Moved moved, stream_->try_read(scratch));
  if (moved.end_of_stream) return std::optional(false);
  if (moved.bytes == 0) return std::optional<bool>();
  resources_.statistics.bytes_received += moved.bytes;
  const ByteView read = scratch.first(moved.bytes);
  if (arrived_.empty()) {
    arrived_ = read;
  } else {
    kept_.insert(kept_.end(), read.begin(), read.end());
    arrived_ = kept_;
  }
  return std::optional(true);
}

Result<bool> Http1Session::try_flush() {
  std::string& output = resources_.output;
  if (output.empty()) return true;
  const std::array parts{as_bytes(output)};
  TRY(const io::Moved moved, stream_->try_write(parts));
  resources_.statistics.bytes_sent += moved.bytes;
  if (moved.bytes == output.size()) return true;
  unsent_.assign(output, moved.bytes);
  return false;
}

Task<Result<>> Http1Session::flush() {
  keep();
  std::size_t sent = 0;
  while (sent < unsent_.size()) {
    watchdog_.expect_within(resources_.options.send_deadline, "the peer took nothing for too long");
    CO_TRY(co_await stream_->wait_writable());
    const std::array parts{as_bytes(unsent_).subspan(sent)};
    CO_TRY(const io::Moved moved, stream_->try_write(parts));
    resources_.statistics.bytes_sent += moved.bytes;
    sent += moved.bytes;
  }
  unsent_ = {};
  watchdog_.relax();
  co_return Result<>{};
}

// So that a client that goes away is noticed while it waits for an answer.
void Http1Session::start_watching() {
  if (is_watching_ || peer_ended_) return;
  keep();
  is_watching_ = true;
  gate_.spawn(watch());
}

Task<void> Http1Session::watch() {
  while (arrived_.size() < read_ahead_bytes_max) {
    const Result<> readable = co_await stream_->wait_readable();
    if (!readable) break;
    // What the session reads while nobody watches is its own; here it goes behind what is kept.
    const MutableByteView scratch(resources_.scratch);
    const auto moved = stream_->try_read(scratch);
    if (!moved || moved->end_of_stream) {
      peer_ended_ = true;
      stop_.set(Stop::Reason::closed);
      break;
    }
    resources_.statistics.bytes_received += moved->bytes;
    keep();
    const ByteView read = scratch.first(moved->bytes);
    kept_.insert(kept_.end(), read.begin(), read.end());
    arrived_ = kept_;
    watched_.notify_all();
    if (waiting_ == nullptr) break;
  }
  is_watching_ = false;
  watched_.notify_all();
}

}  // namespace koine::http
