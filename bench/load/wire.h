// Kafka's primitive types: big-endian integers, zigzag varints, strings with a 16-bit length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "generator.h"

class WireWriter {
 public:
  template <typename Integer>
  void integer(Integer value) {
    auto const bits = static_cast<std::make_unsigned_t<Integer>>(value);
    for (size_t byte = sizeof bits; byte-- > 0;) {
      bytes_.push_back(static_cast<char>(static_cast<uint64_t>(bits) >> (8 * byte)));
    }
  }

  void varint(int64_t value) {
    auto zigzag = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
    for (; zigzag >= 0x80; zigzag >>= 7) bytes_.push_back(static_cast<char>(zigzag | 0x80));
    bytes_.push_back(static_cast<char>(zigzag));
  }

  void text(std::string_view value) {
    integer(static_cast<int16_t>(value.size()));
    bytes_ += value;
  }

  void append(std::string_view bytes) { bytes_ += bytes; }

  std::string const& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <typename Integer>
  Integer integer() {
    uint64_t value = 0;
    for (auto const byte : take(sizeof(Integer))) value = value << 8 | static_cast<uint8_t>(byte);
    return static_cast<Integer>(value);
  }

  std::string_view text() { return take(integer<uint16_t>()); }

 private:
  std::string_view take(size_t count) {
    if (rest_.size() < count) fail("the server's answer is too short");
    auto const taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
};
