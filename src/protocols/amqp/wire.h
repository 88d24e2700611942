// Reader and Writer: the primitive types of AMQP 0-9-1 (4.2.5): big-endian numbers, short and long strings, bits packed
// into octets, and field tables, which core/queues/properties.h knows.
//
// A Reader looks at a payload that its caller keeps alive; views point into it. It remembers its first failure: after it
// every read gives zero or nothing, so that a method is read field by field and checked once. Lengths are compared with
// what is left before anything is reserved.
//
// A Writer appends to a FrameBuffer.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_order.h"
#include "base/bytes.h"
#include "core/queues/properties.h"
#include "protocols/amqp/frame_buffer.h"

namespace koine::amqp {

inline constexpr std::size_t short_string_max = 255;

// A long string that no log may show: passwords and tokens.
struct Secret {
  std::string text;
  bool operator==(const Secret&) const = default;
};

// A string whose length has 32 bits, in a method's list of fields: v("mechanisms", long_text(x.mechanisms)).
template <typename T>
struct LongText {
  T& text;
};
template <typename T>
LongText<T> long_text(T& text) {
  return {text};
}

class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  template <std::integral T>
  T number() {
    bit_mask_ = 0;
    if (!has(sizeof(T))) return T{};
    const T value = load_be<T>(rest_.data());
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }
  // Bits that follow each other share an octet, the lowest first.
  bool bit();
  std::string_view short_string();
  std::string_view long_string();
  core::FieldTable table();

  void fail(const char* reason) {
    if (reason_ != nullptr) return;
    reason_ = reason;
    rest_ = {};
  }
  // The first name given after a failure is the name of the field that failed.
  void blame(const char* field) {
    if (reason_ != nullptr && field_ == nullptr) field_ = field;
  }
  bool ok() const { return reason_ == nullptr; }
  ByteView rest() const { return rest_; }
  // "routing_key goes past the end"; empty while all is well.
  std::string failure() const;

 private:
  bool has(std::size_t size) {
    if (size <= rest_.size()) [[likely]]
      return true;
    fail("goes past the end");
    return false;
  }

  ByteView rest_;
  std::uint8_t bits_ = 0;
  std::uint8_t bit_mask_ = 0;  // the next bit of bits_; 0: the next octet
  const char* reason_ = nullptr;
  const char* field_ = nullptr;
};

class Writer {
 public:
  explicit Writer(FrameBuffer& buffer) : buffer_(buffer) {}

  template <std::integral T>
  void number(T value) {
    bit_count_ = 0;
    store_be(buffer_.extend(sizeof(T)), value);
  }
  void bit(bool value);
  // At most short_string_max.
  void short_string(std::string_view text);
  void long_string(std::string_view text);
  void table(const core::FieldTable& table);
  void raw(ByteView bytes) {
    bit_count_ = 0;
    buffer_.append(bytes);
  }

  FrameBuffer& buffer() { return buffer_; }

 private:
  FrameBuffer& buffer_;
  unsigned bit_count_ = 0;  // in the last octet; 0: it is none of bits
};

}  // namespace koine::amqp
