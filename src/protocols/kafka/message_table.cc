#include "protocols/kafka/message_table.h"

#include <array>

#include "protocols/kafka/codec.h"
#include "protocols/kafka/message_text.h"
#include "protocols/kafka/messages/all.h"

namespace koine::kafka {

namespace {

template <typename Message>
Result<std::string> text(Reader& reader, Version version) {
  TRY(const auto message, decode<Message>(reader, version));
  return MessageText(version).text_of(message);
}

template <typename Message>
Result<> recode(Reader& reader, Writer& writer, Version version) {
  TRY(const auto message, decode<Message>(reader, version));
  encode(writer, message, version);
  return {};
}

template <typename... Messages>
constexpr auto entries_of(MessageList<Messages...>) {
  return std::to_array<MessageEntry>(
      {{Messages::api, Messages::direction, text<Messages>, recode<Messages>}...});
}

constexpr auto entries = entries_of(AllMessages());

}  // namespace

std::span<const MessageEntry> message_table() { return entries; }

const MessageEntry* find_message(ApiKey api, Direction direction) {
  for (const MessageEntry& entry : entries) {
    if (entry.api == api && entry.direction == direction) return &entry;
  }
  return nullptr;
}

}  // namespace koine::kafka
