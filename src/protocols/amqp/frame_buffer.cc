#include "protocols/amqp/frame_buffer.h"

#include <algorithm>

namespace koine::amqp {

namespace {

constexpr std::size_t capacity_min = 512;

}  // namespace

void FrameBuffer::grow(std::size_t size) {
  const std::size_t kept = this->size();
  // Half of it was sent: the rest moves to the front.
  if (begin_ >= capacity_ / 2 && capacity_ - kept >= size) {
    std::memmove(memory_.get(), memory_.get() + begin_, kept);
  } else {
    capacity_ = std::max({capacity_min, 2 * capacity_, kept + size});
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity_);
    if (kept > 0) std::memcpy(larger.get(), memory_.get() + begin_, kept);
    memory_ = std::move(larger);
  }
  begin_ = 0;
  end_ = kept;
}

}  // namespace koine::amqp
