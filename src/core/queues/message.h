// Message: what a queue holds, as its publisher gave it and as it is stored. Little-endian:
//
//    0  u32 size            of what follows
//    4  u8  flags           bit 0: persistent
//    5  u8  priority
//    6  u16 exchange, u16 routing key: their sizes
//   10  u32 properties      their size
//   14  i64 published_ms
//   22  i64 expires_ms      no_expiry, or when it is dead
//   30  exchange | routing key | properties | body
//
// One journal entry holds one or more messages, one after another; message i of an entry has offset base + i.
// The properties are opaque here (core/queues/properties.h reads them); the body is never looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"

namespace koine::core {

inline constexpr WallTimeMs no_expiry = std::numeric_limits<WallTimeMs>::max();
inline constexpr std::size_t message_head_size = 30;
// What an exchange's name and a routing key may be long: the limit of AMQP's short strings.
inline constexpr std::size_t message_name_size_max = 255;

// Views into somebody else's memory.
struct MessageView {
  std::string_view exchange;  // to which it was published; empty: straight to a queue
  std::string_view routing_key;
  ByteView properties;  // encoded, see properties.h
  ByteView body;
  WallTimeMs published_ms = 0;
  WallTimeMs expires_ms = no_expiry;
  std::uint8_t priority = 0;
  bool is_persistent = true;

  std::size_t stored_size() const {
    return message_head_size + exchange.size() + routing_key.size() + properties.size() +
           body.size();
  }
};

// Appends the stored form. The names are at most message_name_size_max, the rest below 4 GiB.
void encode_message(const MessageView& message, std::vector<std::byte>& to);

// The whole size of the message that begins here, its size field included, if that much is known. Errors: corrupt.
Result<std::size_t> message_size(ByteView stored);
// Errors: corrupt: sizes that don't fit.
Result<MessageView> decode_message(ByteView stored);
// Of all bodies of a journal entry of so many messages. Errors: corrupt.
Result<std::uint64_t> body_bytes_of_entry(ByteView entry, std::uint32_t message_count);

}  // namespace koine::core
