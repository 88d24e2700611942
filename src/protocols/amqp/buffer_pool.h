// BufferPool: the memory of output buffers that are empty now, for those that fill next, so that a busy connection does
// not allocate with every write and an idle one holds nothing. One shard.
#pragma once

#include <cstddef>
#include <vector>

#include "base/units.h"
#include "protocols/amqp/frame_buffer.h"

namespace koine::amqp {

class BufferPool {
 public:
  // What most buffers reach: what may wait for a socket (output_bytes_max) and the frames of the message that went beyond.
  static constexpr std::size_t buffer_bytes = 160 * KiB;

  // For an empty buffer without memory.
  void lend_to(FrameBuffer& buffer) {
    if (spare_.empty())
      return buffer.adopt(std::make_unique_for_overwrite<std::byte[]>(buffer_bytes), buffer_bytes);
    buffer.adopt(std::move(spare_.back()), buffer_bytes);
    spare_.pop_back();
  }
  void take_back(FrameBuffer& buffer) {
    const bool is_standard = buffer.capacity() == buffer_bytes;
    auto memory = buffer.release();
    if (is_standard && spare_.size() < spare_max) spare_.push_back(std::move(memory));
  }

 private:
  // Buffers are lent for as long as a socket does not take everything at once: few at a time.
  static constexpr std::size_t spare_max = 16;

  std::vector<std::unique_ptr<std::byte[]>> spare_;
};

}  // namespace koine::amqp
