#include "protocols/kafka/frame_reader.h"

#include <algorithm>
#include <utility>

#include "protocols/kafka/frame.h"

namespace koine::kafka {

namespace {

// Little, as a peer gets it for 4 bytes that announce a large frame; what is larger than the scratch memory has filled
// that before, and begins with 4 times as much.
constexpr std::size_t buffer_size_min = 4 * KiB;
constexpr std::size_t growth = 4;

std::unexpected<Error> ended_inside() {
  return fail(ErrorCode::closed, "the peer ended the connection inside a request");
}

}  // namespace

Task<Result<std::optional<Bytes>>> FrameReader::next(std::size_t size_max) {
  for (;;) {
    CO_TRY(const auto size, frame_size(rest_.view(), size_max));
    if (size && rest_.size() >= frame_prefix_size + *size) {
      const Bytes frame = rest_.slice(frame_prefix_size, *size);
      const std::size_t taken = frame_prefix_size + *size;
      rest_ = rest_.size() == taken ? Bytes() : rest_.slice(taken, rest_.size() - taken);
      watchdog_.frame_arrived();
      co_return frame;
    }
    if (size) co_return co_await read_large(*size);
    CO_TRY(const bool is_there, co_await read_some());
    if (!is_there) {
      if (!rest_.empty()) co_return ended_inside();
      co_return std::nullopt;
    }
  }
}

Task<Result<bool>> FrameReader::read_some() {
  // A beginning without a whole prefix: at most 3 bytes.
  std::array<std::byte, frame_prefix_size> begun{};
  const std::size_t begun_size = rest_.size();
  std::ranges::copy(rest_.view(), begun.begin());
  rest_ = {};
  give_back_memory();
  for (;;) {
    CO_TRY(co_await stream_.wait_readable());
    units_ = co_await take_memory(resources_.scratch.size());
    // Nothing is waited for from here on: the scratch memory is ours.
    const MutableByteView scratch(resources_.scratch);
    std::ranges::copy(MutableByteView(begun).first(begun_size), scratch.begin());
    CO_TRY(const io::Moved moved, stream_.try_read(scratch.subspan(begun_size)));
    const std::size_t arrived = begun_size + moved.bytes;
    units_.reduce_to(moved.bytes == 0 ? 0 : arrived);
    if (moved.bytes == 0 && !moved.end_of_stream) continue;
    rest_ = Bytes::copy_of(ByteView(scratch.first(arrived)));
    if (moved.end_of_stream) co_return false;
    resources_.statistics.bytes_received += moved.bytes;
    watchdog_.touch();
    const auto deadline = resources_.engine.shard().now() + resources_.options.frame_deadline;
    if (arrived < frame_prefix_size) watchdog_.expect_frame_by(deadline);
    co_return true;
  }
}

Task<Result<std::optional<Bytes>>> FrameReader::read_large(std::size_t size) {
  const std::size_t total = frame_prefix_size + size;
  watchdog_.expect_frame_by(resources_.engine.shard().now() + resources_.options.frame_deadline);

  std::size_t filled = rest_.size();
  std::size_t capacity = 0;
  std::shared_ptr<std::byte[]> buffer;
  while (filled < total) {
    if (filled >= capacity) {
      capacity = std::min(total, std::max(buffer_size_min, growth * filled));
      co_await account_for(capacity);
      auto larger = std::make_shared_for_overwrite<std::byte[]>(capacity);
      std::memcpy(larger.get(), buffer != nullptr ? buffer.get() : rest_.data(), filled);
      buffer = std::move(larger);
      rest_ = {};
    }
    CO_TRY(const std::size_t arrived,
           co_await read_into(MutableByteView(buffer.get() + filled, capacity - filled)));
    if (arrived == 0) co_return ended_inside();
    filled += arrived;
  }
  watchdog_.frame_arrived();
  co_return Bytes(std::move(buffer), frame_prefix_size, size);
}

Task<Result<std::size_t>> FrameReader::read_into(MutableByteView into) {
  for (;;) {
    CO_TRY(const io::Moved moved, stream_.try_read(into));
    if (moved.bytes > 0) {
      resources_.statistics.bytes_received += moved.bytes;
      watchdog_.touch();
    }
    if (moved.bytes > 0 || moved.end_of_stream) co_return moved.bytes;
    CO_TRY(co_await stream_.wait_readable());
  }
}

// A part of a frame can't be given back, so its owner must not wait for others who wait for the same: of those for
// whom nothing is left, one at a time goes on without.
Task<void> FrameReader::account_for(std::size_t capacity) {
  if (beyond_.count() > 0 || capacity <= units_.count()) co_return;
  if (auto more = resources_.request_memory.try_acquire(capacity - units_.count())) {
    units_.join(std::move(*more));
    co_return;
  }
  watchdog_.frame_arrived();  // That it takes long from here is not the peer's fault.
  beyond_ = co_await resources_.beyond_request_memory.acquire(1);
  watchdog_.expect_frame_by(resources_.engine.shard().now() + resources_.options.frame_deadline);
}

void FrameReader::give_back_memory() {
  units_.release();
  beyond_.release();
}

Task<runtime::Units> FrameReader::take_memory(std::size_t bytes) {
  if (auto units = resources_.request_memory.try_acquire(bytes)) co_return std::move(*units);
  co_return co_await resources_.request_memory.acquire(bytes);
}

}  // namespace koine::kafka
