// Reader and Writer: the primitive types of the Kafka protocol (big-endian numbers, varints of KIP-482,
// strings and bytes in their plain and compact forms), over memory. No messages here: see codec.h.
//
// A Reader looks at a frame that its caller keeps alive; the views that it returns point into that frame.
// It remembers its first failure: after it every read returns zero or nothing and moves nowhere, so that a
// message is read field by field and checked once, with `finish()`. It never reserves memory for a length
// that it has not compared with the bytes that are left, and what it decodes is bounded by a budget.
//
// A Writer appends to a vector. Record data that is elsewhere is not copied into it: the writer notes a
// hole, and the sender puts the bytes there:
//
//     bytes  [ header . . topic . partition . size | throttle . . | . . . ]
//     holes                                        ^ 65536 bytes  ^ 512 bytes
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_order.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"

namespace koine::kafka {

// What the structs and strings decoded from one message may take. Record data is not counted: it stays in
// the frame. A struct can take 40 times the bytes it had on the wire, so that the frame's limit alone would
// let a 100 MiB frame take 4 GiB. 64 MiB are about half a million partitions in one request.
inline constexpr std::size_t decoded_bytes_max = 64 * MiB;

// The bytes of a varint: 5 for 32 bits, 10 for 64.
inline constexpr int varint_bytes_max = 5;
inline constexpr int varlong_bytes_max = 10;

struct Uuid {
  std::array<std::byte, 16> bytes{};
  bool operator==(const Uuid&) const = default;
};

class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  std::int8_t int8() { return number<std::int8_t>(); }
  std::int16_t int16() { return number<std::int16_t>(); }
  std::uint16_t uint16() { return number<std::uint16_t>(); }
  std::int32_t int32() { return number<std::int32_t>(); }
  std::uint32_t uint32() { return number<std::uint32_t>(); }
  std::int64_t int64() { return number<std::int64_t>(); }
  // 0 or 1; any other byte is refused.
  bool boolean();
  double float64();
  Uuid uuid();

  // KIP-482 and record batches: base 128, low group first; the signed ones are zigzag.
  std::uint32_t uvarint();
  std::int32_t varint();
  std::int64_t varlong();

  // Strings and bytes: a plain length (16 bits for strings, 32 for bytes; -1 is null), or a compact one
  // (uvarint of length + 1; 0 is null). Nothing stands for null. The view points into the frame.
  std::optional<std::string_view> nullable_string();
  std::optional<std::string_view> nullable_compact_string();
  std::optional<ByteView> nullable_bytes();
  std::optional<ByteView> nullable_compact_bytes();

  // The same, where null is an error.
  std::string_view string() { return not_null(nullable_string()); }
  std::string_view compact_string() { return not_null(nullable_compact_string()); }
  ByteView bytes() { return not_null(nullable_bytes()); }
  ByteView compact_bytes() { return not_null(nullable_compact_bytes()); }

  // How many elements follow, each at least `element_bytes_min` (1 or more) on the wire; nothing for a null array.
  std::optional<std::size_t> nullable_count(std::size_t element_bytes_min);
  std::optional<std::size_t> nullable_compact_count(std::size_t element_bytes_min);

  ByteView raw(std::size_t size);
  // Reads over a section of tagged fields of which none is known (KIP-482).
  void skip_tagged_fields();

  // Limits reading to the next `size` bytes, and returns what comes after them, for leave_section: which fails if
  // the section was to be read whole and was not.
  ByteView enter_section(std::size_t size);
  void leave_section(ByteView after, bool whole);

  // Takes from the budget of decoded memory; false, and a failure, when it is used up.
  bool charge(std::size_t bytes);
  // What was taken so far.
  std::size_t charged() const { return decoded_bytes_max - budget_; }

  // Fails unless it already has. `reason` is a literal: "goes past the end".
  void fail(const char* reason);
  // The first name given after a failure is the name of the field that failed.
  void blame(const char* field) {
    if (reason_ != nullptr && field_ == nullptr) field_ = field;
  }

  bool ok() const { return reason_ == nullptr; }
  std::size_t left() const { return rest_.size(); }
  ByteView rest() const { return rest_; }

  // ErrorCode::corrupt (too_large when the budget was passed) if a read failed.
  Result<> status() const;
  // The same, and if bytes are left over.
  Result<> finish() const;

  // Bytes behind the last field are no error: for requests, whose senders Kafka never held to it (librdkafka 2 sends
  // one too many in Metadata 11 and 12).
  void pass_over_rest() { passes_over_rest_ = true; }

 private:
  bool passes_over_rest_ = false;
  template <std::integral T>
  T number() {
    if (rest_.size() < sizeof(T)) [[unlikely]] {
      fail("goes past the end");
      return 0;
    }
    const T value = load_be<T>(rest_.data());
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }

  template <typename T>
  T not_null(const std::optional<T>& value) {
    if (!value) fail("is null");
    return value.value_or(T());
  }

  std::uint64_t base_128(int bytes_max, unsigned last_byte_max);
  std::optional<ByteView> sized(std::int64_t size);
  std::optional<std::size_t> counted(std::int64_t count, std::size_t element_bytes_min);

  ByteView rest_;
  std::size_t budget_ = decoded_bytes_max;
  const char* reason_ = nullptr;
  const char* field_ = nullptr;
  bool too_large_ = false;
};

// Where `size` bytes, which the writer does not have, belong: before `bytes()[position]`.
struct Hole {
  std::size_t position = 0;
  std::size_t size = 0;
  bool operator==(const Hole&) const = default;
};

class Writer {
 public:
  void int8(std::int8_t value) { number(value); }
  void int16(std::int16_t value) { number(value); }
  void uint16(std::uint16_t value) { number(value); }
  void int32(std::int32_t value) { number(value); }
  void uint32(std::uint32_t value) { number(value); }
  void int64(std::int64_t value) { number(value); }
  void boolean(bool value) { number<std::int8_t>(value ? 1 : 0); }
  void float64(double value);
  void uuid(const Uuid& value) { raw(value.bytes); }

  void uvarint(std::uint32_t value) { base_128(value); }
  void varint(std::int32_t value);
  void varlong(std::int64_t value);

  // A plain string longer than 32767 bytes can't be said and is cut there, at a byte.
  void string(std::string_view value);
  void compact_string(std::string_view value);
  void bytes(ByteView value);
  void compact_bytes(ByteView value);
  void null_string() { int16(-1); }
  void null_bytes() { int32(-1); }
  void null_compact() { uvarint(0); }

  void count(std::size_t elements) { int32(static_cast<std::int32_t>(elements)); }
  void compact_count(std::size_t elements) { uvarint(static_cast<std::uint32_t>(elements) + 1); }

  void raw(ByteView view) { bytes_.insert(bytes_.end(), view.begin(), view.end()); }
  void no_tagged_fields() { uvarint(0); }

  // Here belong `size` bytes that the sender has.
  void hole(std::size_t size);

  // Writes over 4 bytes that were written before.
  void patch_int32(std::size_t position, std::int32_t value) {
    store_be(bytes_.data() + position, value);
  }

  void reserve(std::size_t size) { bytes_.reserve(size); }
  // Forgets what was written and keeps the memory.
  void clear();

  ByteView view() const { return bytes_; }
  // Without, and with, what belongs into the holes.
  std::size_t size() const { return bytes_.size(); }
  std::size_t size_with_holes() const { return bytes_.size() + holes_size_; }
  // In order of position.
  const std::vector<Hole>& holes() const { return holes_; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  template <std::integral T>
  void number(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    store_be(bytes_.data() + at, value);
  }
  void base_128(std::uint64_t value);

  std::vector<std::byte> bytes_;
  std::vector<Hole> holes_;
  std::size_t holes_size_ = 0;
};

}  // namespace koine::kafka
