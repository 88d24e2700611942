// Any bytes as the properties of a message, made a record, a message again, and so on: what a record's reader has made of it once
// is what every later one makes of it. The order of headers may differ where one has the name and the text of a property.

#include "core/message_record.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace koine::core {
namespace {

constexpr WallTimeMs now = 1'000'000;

Record as_read(const NewRecord& record) {
  return {.offset = Offset{0},
          .timestamp = record.timestamp,
          .key = record.key,
          .value = record.value,
          .headers = {record.headers.begin(), record.headers.end()}};
}

// Each header encoded alone, and the properties without them.
std::multiset<std::string> parts_of(ByteView properties) {
  auto decoded = decode_properties(properties);
  CHECK(decoded);
  std::multiset<std::string> parts;
  const auto add = [&](const Properties& part) {
    std::vector<std::byte> bytes;
    encode_properties(part, bytes);
    parts.emplace(as_text(bytes));
  };
  for (Field& field : std::exchange(decoded->headers, {}).value_or(FieldTable()))
    add({.headers = FieldTable{std::move(field)}});
  add(*decoded);
  return parts;
}

void fuzz(ByteView input) {
  RecordOfMessage to_record;
  const auto first = to_record.make({.routing_key = "k", .properties = input, .published_ms = now});
  CHECK(first.has_value() == decode_properties(input).has_value());
  if (!first) return;
  MessageOfRecord to_message;
  const MessageView message = to_message.make(as_read(*first), "t", now);
  CHECK(summarize_properties(message.properties));
  RecordOfMessage to_record_again;
  const auto second = to_record_again.make(message);
  CHECK(second);
  MessageOfRecord to_message_again;
  const MessageView again = to_message_again.make(as_read(*second), "t", now);
  CHECK(again.routing_key == message.routing_key);
  CHECK(parts_of(again.properties) == parts_of(message.properties));
  CHECK(again.expires_ms == message.expires_ms && again.priority == message.priority);
}

}  // namespace
}  // namespace koine::core

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::core::fuzz(std::as_bytes(std::span(data, size)));
  return 0;
}
