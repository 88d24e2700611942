// The bodies of decode and encode. Included by messages/*.cc only, which instantiate them.
#pragma once

#include <fmt/format.h>

#include "protocols/amqp/codec.h"
#include "protocols/amqp/decoder.h"
#include "protocols/amqp/encoder.h"

namespace koine::amqp {

template <typename Method>
Outcome<Method> decode(Reader& reader) {
  Method method;
  Decoder decoder(reader);
  Method::fields(decoder, method);
  if (reader.ok() && !reader.rest().empty()) reader.fail("has bytes behind its last field");
  if (!reader.ok()) [[unlikely]] {
    return refuse(ReplyCode::frame_error,
                  fmt::format("cannot decode {}: {}", Method::name, reader.failure()));
  }
  return method;
}

template <typename Method>
void encode(Writer& writer, const Method& method) {
  Encoder encoder(writer);
  Method::fields(encoder, method);
}

}  // namespace koine::amqp
