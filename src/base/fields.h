// FieldReader and FieldWriter: the fields of our own file formats (journal entries' bodies, checkpoints),
// little-endian, length-prefixed text and bytes. Protocols have codecs of their own.
//
// A reader never reads past its bytes and never allocates for a length that it has not compared with
// the bytes that are left; the first short or wrong field gives ErrorCode::corrupt.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_order.h"
#include "base/bytes.h"
#include "base/result.h"

namespace koine {

class FieldWriter {
 public:
  template <std::integral T>
  void number(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    store_le(bytes_.data() + at, value);
  }
  void boolean(bool value) { number<std::uint8_t>(value ? 1 : 0); }
  void raw(ByteView view) { bytes_.insert(bytes_.end(), view.begin(), view.end()); }
  // A 32-bit length, then the bytes.
  void blob(ByteView view) {
    number(static_cast<std::uint32_t>(view.size()));
    raw(view);
  }
  void text(std::string_view value) { blob(as_bytes(value)); }

  std::size_t size() const { return bytes_.size(); }
  ByteView view() const { return bytes_; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class FieldReader {
 public:
  explicit FieldReader(ByteView bytes) : rest_(bytes) {}

  template <std::integral T>
  Result<T> number() {
    if (rest_.size() < sizeof(T)) return short_of(sizeof(T));
    const T value = load_le<T>(rest_.data());
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }
  Result<bool> boolean() {
    TRY(const auto value, number<std::uint8_t>());
    if (value > 1) return fail(ErrorCode::corrupt, "expected a boolean");
    return value == 1;
  }
  Result<ByteView> raw(std::size_t size) {
    if (rest_.size() < size) return short_of(size);
    const ByteView view = rest_.first(size);
    rest_ = rest_.subspan(size);
    return view;
  }
  Result<ByteView> blob() {
    TRY(const auto size, number<std::uint32_t>());
    return raw(size);
  }
  Result<std::string> text() {
    TRY(const auto view, blob());
    return std::string(as_text(view));
  }
  // How many elements follow, each of at least `element_size_min` bytes.
  Result<std::uint32_t> count(std::size_t element_size_min) {
    TRY(const auto value, number<std::uint32_t>());
    if (value > rest_.size() / element_size_min) return short_of(value * element_size_min);
    return value;
  }

  std::size_t left() const { return rest_.size(); }
  ByteView rest() const { return rest_; }
  // ErrorCode::corrupt unless everything was read.
  Result<> finish() const {
    if (!rest_.empty()) return fail(ErrorCode::corrupt, "bytes are left over after the last field");
    return {};
  }

 private:
  static std::unexpected<Error> short_of(std::size_t) {
    return fail(ErrorCode::corrupt, "a field goes past the end");
  }

  ByteView rest_;
};

}  // namespace koine
