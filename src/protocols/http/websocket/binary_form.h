// koine.binary.v1: each WebSocket message is one of these, big-endian (docs/streams.md has all of them):
//
//    0   u8   type           ClientSays: of a client; ServerSays: of the server
//    1   u32  seq or id      of what it is about; see is_of_subscription()
//    5   fields of the type, in order
//
//   bytes    u32 size | that many bytes       a text is bytes that are UTF-8; size 0xFFFFFFFF: null, where a field may be
//   list     u32 count | that many items
//   lease    u64 queue | u8 level | u64 offset | u64 number
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_order.h"
#include "base/bytes.h"
#include "core/queues/lease_client.h"

namespace koine::http {

enum class ClientSays : std::uint8_t {
  subscribe_topic = 1,
  subscribe_queue = 2,
  credit = 3,
  unsubscribe = 4,
  publish_record = 5,
  publish_to_queue = 6,
  publish_to_exchange = 7,
  ack = 8,
  release = 9,
  reject = 10,
  extend = 11,
  ping = 12,
};

enum class ServerSays : std::uint8_t {
  subscribed = 0x81,
  record = 0x82,
  message = 0x83,
  appended = 0x84,
  routed = 0x85,
  settled = 0x86,
  extended = 0x87,
  pong = 0x88,
  end = 0x89,
  error = 0x8A,
};

// Whether the number at 1 is a subscription's id; else a seq.
constexpr bool is_of_subscription(ClientSays said) { return said <= ClientSays::unsubscribe; }

inline constexpr std::uint32_t binary_null = 0xFFFF'FFFF;
inline constexpr std::size_t binary_lease_size = 25;
inline constexpr std::int32_t any_partition = -1;
inline constexpr std::int64_t no_timestamp = -1;
inline constexpr std::uint8_t is_mandatory_bit = 1;
inline constexpr std::uint8_t is_redelivered_bit = 1;

// Reads fields in order. What is not there, or no UTF-8 where text is expected, makes all that follows 0 or empty; problem() says so.
class BinaryReader {
 public:
  explicit BinaryReader(ByteView message) : rest_(message) {}

  template <std::integral T>
  T number() {
    const ByteView bytes = take(sizeof(T));
    return bytes.empty() ? T{} : load_be<T>(bytes.data());
  }
  ByteView bytes();
  std::optional<ByteView> nullable_bytes();
  std::string_view text();
  // Of items that have at least `size_min` bytes each: never more than there can be.
  std::size_t count(std::size_t size_min);
  core::LeaseId lease();

  // Null: everything so far was there, and UTF-8.
  const char* problem() const { return problem_; }
  bool is_at_end() const { return rest_.empty(); }

 private:
  ByteView take(std::size_t size);
  void fail(const char* problem);

  ByteView rest_;
  const char* problem_ = nullptr;  // a literal
};

class BinaryWriter {
 public:
  template <std::integral T>
  BinaryWriter& number(T value) {
    const std::size_t at = out_.size();
    out_.resize(at + sizeof(T));
    store_be(std::as_writable_bytes(std::span(out_)).data() + at, value);
    return *this;
  }
  BinaryWriter& bytes(ByteView bytes);
  BinaryWriter& nullable_bytes(std::optional<ByteView> bytes_or_null);
  BinaryWriter& text(std::string_view text) { return bytes(as_bytes(text)); }
  BinaryWriter& lease(const core::LeaseId& lease);

  const std::string& out() const { return out_; }
  std::string take() && { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace koine::http
