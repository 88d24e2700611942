// Every method behind one interface, for those who treat all alike: logs, tests, fuzzers. Handlers use decode and encode
// (codec.h) with the method's type.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "protocols/amqp/errors.h"
#include "protocols/amqp/method_id.h"
#include "protocols/amqp/wire.h"

namespace koine::amqp {

struct MethodEntry {
  MethodId id;
  std::string_view name;  // "queue.declare"
  // Decode what follows the method's id to the reader's end. Refusals as decode.
  Outcome<std::string> (*text)(Reader& reader);         // and print the fields (method_text.h)
  Outcome<> (*recode)(Reader& reader, Writer& writer);  // and encode what was decoded
};

std::span<const MethodEntry> method_table();

// Null when there is none.
const MethodEntry* find_method(MethodId id);

// "queue.declare", or "method 50,99".
std::string name_of(MethodId id);

}  // namespace koine::amqp
