#include "core/queues/message.h"

#include <fmt/format.h>

#include <cstring>

#include "base/byte_order.h"
#include "base/check.h"

namespace koine::core {
namespace {

constexpr std::size_t size_field_size = sizeof(std::uint32_t);
constexpr std::uint8_t persistent_flag = 1;

std::byte* copy(std::byte* to, ByteView bytes) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

}  // namespace

void encode_message(const MessageView& message, std::vector<std::byte>& to) {
  CHECK(message.exchange.size() <= message_name_size_max &&
        message.routing_key.size() <= message_name_size_max);
  const std::size_t size = message.stored_size();
  CHECK(size - size_field_size <= std::numeric_limits<std::uint32_t>::max());
  const std::size_t begin = to.size();
  to.resize(begin + size);
  std::byte* at = to.data() + begin;
  store_le(at, static_cast<std::uint32_t>(size - size_field_size));
  store_le(at + 4, message.is_persistent ? persistent_flag : std::uint8_t{0});
  store_le(at + 5, message.priority);
  store_le(at + 6, static_cast<std::uint16_t>(message.exchange.size()));
  store_le(at + 8, static_cast<std::uint16_t>(message.routing_key.size()));
  store_le(at + 10, static_cast<std::uint32_t>(message.properties.size()));
  store_le(at + 14, message.published_ms);
  store_le(at + 22, message.expires_ms);
  at = copy(at + message_head_size, as_bytes(message.exchange));
  at = copy(at, as_bytes(message.routing_key));
  at = copy(at, message.properties);
  copy(at, message.body);
}

Result<std::size_t> message_size(ByteView stored) {
  if (stored.size() < size_field_size) {
    return fail(ErrorCode::corrupt,
                fmt::format("{} bytes of a message, expected its size", stored.size()));
  }
  const std::size_t size = size_field_size + load_le<std::uint32_t>(stored.data());
  if (size < message_head_size) {
    return fail(ErrorCode::corrupt, fmt::format("a message of {} bytes, expected at least {}", size,
                                                message_head_size));
  }
  return size;
}

Result<MessageView> decode_message(ByteView stored) {
  TRY(const std::size_t size, message_size(stored));
  if (size > stored.size()) {
    return fail(ErrorCode::corrupt,
                fmt::format("{} bytes of a message of {}", stored.size(), size));
  }
  const std::byte* at = stored.data();
  const auto flags = load_le<std::uint8_t>(at + 4);
  const std::size_t exchange_size = load_le<std::uint16_t>(at + 6);
  const std::size_t key_size = load_le<std::uint16_t>(at + 8);
  const std::size_t properties_size = load_le<std::uint32_t>(at + 10);
  ByteView rest = stored.subspan(message_head_size, size - message_head_size);
  if ((flags & ~persistent_flag) != 0 || exchange_size > message_name_size_max ||
      key_size > message_name_size_max ||
      exchange_size + key_size + properties_size > rest.size()) {
    return fail(ErrorCode::corrupt,
                fmt::format("a message of {} bytes with flags {:#x}, {} + {} bytes of names and {} "
                            "of properties",
                            size, flags, exchange_size, key_size, properties_size));
  }
  MessageView message;
  message.is_persistent = (flags & persistent_flag) != 0;
  message.priority = load_le<std::uint8_t>(at + 5);
  message.published_ms = load_le<std::int64_t>(at + 14);
  message.expires_ms = load_le<std::int64_t>(at + 22);
  message.exchange = as_text(rest.first(exchange_size));
  rest = rest.subspan(exchange_size);
  message.routing_key = as_text(rest.first(key_size));
  rest = rest.subspan(key_size);
  message.properties = rest.first(properties_size);
  message.body = rest.subspan(properties_size);
  return message;
}

Result<std::uint64_t> body_bytes_of_entry(ByteView entry, std::uint32_t message_count) {
  std::uint64_t bytes = 0;
  for (std::uint32_t n = 0; n < message_count; ++n) {
    TRY(const MessageView message, decode_message(entry));
    bytes += message.body.size();
    entry = entry.subspan(message.stored_size());
  }
  if (!entry.empty()) {
    return fail(ErrorCode::corrupt, fmt::format("{} bytes are left over after {} messages",
                                                entry.size(), message_count));
  }
  return bytes;
}

}  // namespace koine::core
