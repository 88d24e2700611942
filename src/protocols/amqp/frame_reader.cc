#include "protocols/amqp/frame_reader.h"

#include <algorithm>
#include <cstring>

namespace koine::amqp {

namespace {

constexpr std::size_t growth = 4;

}  // namespace

void FrameReader::drop() {
  arrived_ = {};
  if (accounted_ > 0) memory_.give_back(accounted_);
  accounted_ = 0;
  kept_ = {};
}

void FrameReader::keep() {
  if (arrived_.empty()) return drop();
  if (!kept_.empty() && arrived_.data() >= kept_.data() &&
      arrived_.data() < kept_.data() + kept_.size()) {
    return;
  }
  kept_.assign(arrived_.begin(), arrived_.end());
  arrived_ = kept_;
}

Task<Result<bool>> FrameReader::read() {
  keep();
  if (is_in_large_frame()) co_return co_await read_large();
  co_return co_await read_into_scratch();
}

Result<bool> FrameReader::read_at_once() {
  keep();
  if (is_in_large_frame()) return false;
  TRY(const io::Moved moved, try_into_scratch());
  return moved.bytes > 0;
}

// Nothing is waited for until what was read is taken or kept: the scratch memory is ours.
Result<io::Moved> FrameReader::try_into_scratch() {
  const MutableByteView scratch(resources_.scratch);
  const std::size_t part = arrived_.size();
  TRY(const io::Moved moved, read_some(scratch.subspan(part)));
  if (moved.bytes > 0) {
    std::ranges::copy(arrived_, scratch.begin());
    drop();
    arrived_ = scratch.first(part + moved.bytes);
  }
  return moved;
}

Task<Result<bool>> FrameReader::read_into_scratch() {
  for (;;) {
    CO_TRY(co_await stream_.wait_readable());
    CO_TRY(const io::Moved moved, try_into_scratch());
    if (moved.bytes > 0) co_return true;
    if (!moved.end_of_stream) continue;
    if (!arrived_.empty()) {
      co_return fail(ErrorCode::closed, "the peer ended the connection inside a frame");
    }
    co_return false;
  }
}

std::size_t FrameReader::wanted_size() const {
  const auto size = frame_size(arrived_, frame_max_);
  // What is refused or whole is for next() to see.
  if (!size || !*size || **size <= arrived_.size()) return arrived_.size();
  return **size;
}

Task<Result<bool>> FrameReader::read_large() {
  const std::size_t total = wanted_size();
  kept_.erase(kept_.begin(), kept_.begin() + (arrived_.data() - kept_.data()));
  std::size_t filled = kept_.size();
  while (filled < total) {
    if (filled == kept_.size()) {
      const std::size_t size = std::min(total, growth * filled);
      const std::size_t more = size - accounted_;
      if (!memory_.try_take(more)) co_await memory_.take(more);
      accounted_ = size;
      kept_.resize(size);
    }
    CO_TRY(const io::Moved moved, read_some(MutableByteView(kept_).subspan(filled)));
    filled += moved.bytes;
    if (moved.end_of_stream) {
      co_return fail(ErrorCode::closed, "the peer ended the connection inside a frame");
    }
    if (moved.bytes == 0) CO_TRY(co_await stream_.wait_readable());
  }
  arrived_ = kept_;
  co_return true;
}

Result<io::Moved> FrameReader::read_some(MutableByteView into) {
  TRY(const io::Moved moved, stream_.try_read(into));
  if (moved.bytes > 0) {
    resources_.statistics.bytes_received += moved.bytes;
    heartbeat_.received();
  }
  return moved;
}

}  // namespace koine::amqp
