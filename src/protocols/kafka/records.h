// Records: the record batches of one partition inside a Produce or Fetch message, never copied by the codec.
//
// Decoding gives a view into the frame. For encoding they are either bytes at hand, or a size only: then the
// writer leaves a hole (wire.h), and the session sends the bytes from where the journal has them.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace koine::kafka {

class Records {
 public:
  Records() = default;

  static Records at_hand(ByteView bytes) { return Records(bytes.data(), bytes.size()); }
  // `size` bytes that the sender puts into the message.
  static Records elsewhere(std::size_t size) { return Records(nullptr, size); }

  std::size_t size() const { return size_; }
  bool is_elsewhere() const { return data_ == nullptr && size_ > 0; }
  // Empty when they are elsewhere.
  ByteView view() const { return data_ == nullptr ? ByteView() : ByteView(data_, size_); }

 private:
  Records(const std::byte* data, std::size_t size) : data_(data), size_(size) {}

  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace koine::kafka
