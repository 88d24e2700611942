// Bytes: a reference-counted, immutable slice of memory; copying it copies a pointer.
//
//      Buffer  [................................................]   one allocation, counted
//      Bytes          [offset ....... offset+size)                  any number of slices
//
// A Bytes keeps its whole buffer alive; who keeps a small slice of a large buffer for long copies it
// (`Bytes::copy_of`). The count is atomic: slices may be dropped on any thread. ByteView is the
// non-owning form, for parameters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace koine {

using ByteView = std::span<const std::byte>;
using MutableByteView = std::span<std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view as_text(ByteView bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Bytes {
 public:
  Bytes() = default;
  Bytes(std::shared_ptr<const std::byte[]> buffer, std::size_t offset, std::size_t size)
      : buffer_(std::move(buffer)), data_(buffer_.get() + offset), size_(size) {}

  static Bytes copy_of(ByteView view) {
    if (view.empty()) return {};
    auto buffer = std::make_shared_for_overwrite<std::byte[]>(view.size());
    std::memcpy(buffer.get(), view.data(), view.size());
    return {std::move(buffer), 0, view.size()};
  }
  static Bytes copy_of(std::string_view text) { return copy_of(as_bytes(text)); }

  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ByteView view() const { return {data_, size_}; }
  std::string_view text() const { return as_text(view()); }

  // The part [offset, offset + size), which must lie inside; shares the buffer.
  Bytes slice(std::size_t offset, std::size_t size) const {
    Bytes part;
    part.buffer_ = buffer_;
    part.data_ = data_ + offset;
    part.size_ = size;
    return part;
  }

 private:
  std::shared_ptr<const std::byte[]> buffer_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace koine
