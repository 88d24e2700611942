#include "core/queues/delayed_message.h"

#include <fmt/format.h>

#include <utility>

#include "base/fields.h"
#include "core/queues/delay_slots.h"
#include "core/queues/properties.h"
#include "core/routing/delay_header.h"

namespace koine::core {
namespace {

constexpr std::uint8_t format_version = 1;

}  // namespace

std::vector<std::byte> encode_delay(const Delay& delay) {
  FieldWriter writer;
  writer.number(format_version);
  writer.number(delay.due_ms);
  writer.text(delay.vhost);
  writer.text(delay.exchange);
  writer.number(static_cast<std::uint32_t>(delay.more_keys.size()));
  for (const std::string& key : delay.more_keys) writer.text(key);
  return writer.take();
}

MessageView held_form(ByteView encoded_delay, ByteView stored_message, WallTimeMs due_ms,
                      WallTimeMs now_ms) {
  return {.properties = encoded_delay,
          .body = stored_message,
          .published_ms = now_ms,
          .priority = delay_slot_for(due_ms, now_ms)};
}

Result<HeldMessage> read_held(const MessageView& held) {
  FieldReader reader(held.properties);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != format_version) {
    return fail(ErrorCode::unsupported, fmt::format("a delayed message of version {}, expected {}",
                                                    version, format_version));
  }
  HeldMessage result;
  TRY(result.delay.due_ms, reader.number<WallTimeMs>());
  TRY(result.delay.vhost, reader.text());
  TRY(result.delay.exchange, reader.text());
  TRY(const std::uint32_t count, reader.count(sizeof(std::uint32_t)));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(result.delay.more_keys.emplace_back(), reader.text());
  }
  TRY(reader.finish());
  TRY(result.message, decode_message(held.body));
  return result;
}

Result<MessageView> due_form(const MessageView& message, WallTimeMs now_ms,
                             std::vector<std::byte>& properties) {
  MessageView due = message;
  due.published_ms = now_ms;
  if (message.expires_ms != no_expiry) due.expires_ms += now_ms - message.published_ms;
  TRY(const auto summary, summarize_properties(message.properties));
  if (!as_text(summary.headers).contains(delay_header)) return due;
  TRY(Properties decoded, decode_properties(message.properties));
  mark_delayed(*decoded.headers);
  properties.clear();
  encode_properties(decoded, properties);
  due.properties = properties;
  return due;
}

}  // namespace koine::core
