// FrameBuffer: encoded frames on their way to a stream: bytes are added at the end and leave at the front.
//
//   [ sent ....... | to be sent ................ | free ...... ]
//   0              begin                         end           capacity
//
// Owns no memory until something is added. One shard.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/units.h"

namespace koine::amqp {

class FrameBuffer {
 public:
  // The next `size` bytes, to be filled by the caller. Invalidates what was given out before.
  std::byte* extend(std::size_t size) {
    if (capacity_ - end_ < size) [[unlikely]]
      grow(size);
    std::byte* const at = memory_.get() + end_;
    end_ += size;
    return at;
  }
  void append(ByteView bytes) {
    if (bytes.empty()) return;
    std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
  }
  // The byte that was added last.
  std::byte& last() { return memory_[end_ - 1]; }

  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  ByteView view() const { return {memory_.get() + begin_, size()}; }
  // From the first byte that is still here; positions change with consume().
  std::byte* at(std::size_t position) { return memory_.get() + begin_ + position; }

  // At most size().
  void consume(std::size_t size) { begin_ += size; }
  // Drops what was added last, down to this size.
  void cut_to(std::size_t size) { end_ = begin_ + size; }

  std::size_t capacity() const { return capacity_; }
  // The memory, for somebody else; the content is lost.
  std::unique_ptr<std::byte[]> release() {
    begin_ = end_ = capacity_ = 0;
    return std::move(memory_);
  }
  // Empty so far.
  void adopt(std::unique_ptr<std::byte[]> memory, std::size_t capacity) {
    memory_ = std::move(memory);
    capacity_ = capacity;
    begin_ = end_ = 0;
  }

 private:
  void grow(std::size_t size);

  std::unique_ptr<std::byte[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace koine::amqp
