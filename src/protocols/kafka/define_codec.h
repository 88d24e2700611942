// The bodies of decode and encode. Included by messages/*.cc only, which instantiate them.
#pragma once

#include <string>

#include "base/check.h"
#include "protocols/kafka/api.h"
#include "protocols/kafka/codec.h"
#include "protocols/kafka/decoder.h"
#include "protocols/kafka/encoder.h"

namespace koine::kafka {

// "Fetch request version 12"
std::string describe(ApiKey api, Direction direction, Version version);

template <typename Message>
Result<Message> decode(Reader& reader, Version version) {
  const Api& api = api_of(Message::api);
  if (!api.known().has(version)) {
    return fail(ErrorCode::unsupported, describe(Message::api, Message::direction, version));
  }
  Message message;
  Decoder(reader, version, api.is_flexible_in(version)).structure(message);
  if (Result<> finished = reader.finish(); !finished) {
    return fail(std::move(finished).error().while_doing(
        describe(Message::api, Message::direction, version)));
  }
  return message;
}

template <typename Message>
void encode(Writer& writer, const Message& message, Version version) {
  const Api& api = api_of(Message::api);
  CHECK(api.known().has(version));
  Encoder(writer, version, api.is_flexible_in(version)).structure(message);
}

}  // namespace koine::kafka
