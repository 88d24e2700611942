// Every message behind one interface, for those who treat all alike: tools that print what is on the wire, tests,
// fuzzers. Handlers use decode and encode (codec.h) with the message's type.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "protocols/kafka/api.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

struct MessageEntry {
  ApiKey api;
  Direction direction;
  // Decodes to the reader's end and prints the fields (message_text.h). Errors as decode.
  Result<std::string> (*text)(Reader& reader, Version version);
  // Decodes to the reader's end and encodes what was decoded. Errors as decode.
  Result<> (*recode)(Reader& reader, Writer& writer, Version version);
};

std::span<const MessageEntry> message_table();

// Null when there is none.
const MessageEntry* find_message(ApiKey api, Direction direction);

}  // namespace koine::kafka
