// decode and encode: between a method's struct (messages/) and its bytes. Pure: no I/O, no state.
//
// Instantiated in messages/*.cc for every method there; including this header costs little.
//
//   Reader reader(frame.payload);
//   switch (decode_method_id(reader)) { case MethodId::queue_declare: CO_TRY(auto method, decode<QueueDeclare>(reader)); ...
#pragma once

#include <cstdint>

#include "protocols/amqp/errors.h"
#include "protocols/amqp/frame.h"
#include "protocols/amqp/frame_buffer.h"
#include "protocols/amqp/method_id.h"
#include "protocols/amqp/wire.h"

namespace koine::amqp {

// Refusal: frame_error: there is none.
Outcome<MethodId> decode_method_id(Reader& reader);

// Reads what follows the method's id, to the end of the reader. Views in the method point into the reader's bytes. Refusal:
// frame_error, which names method and field.
template <typename Method>
Outcome<Method> decode(Reader& reader);

// Appends the fields, without the method's id.
template <typename Method>
void encode(Writer& writer, const Method& method);

namespace detail {
std::size_t begin_frame(FrameBuffer& buffer, FrameType type, std::uint16_t channel);
void end_frame(FrameBuffer& buffer, std::size_t begin);
}  // namespace detail

// Appends a whole frame.
template <typename Method>
void encode_frame(FrameBuffer& buffer, std::uint16_t channel, const Method& method) {
  const std::size_t begin = detail::begin_frame(buffer, FrameType::method, channel);
  Writer writer(buffer);
  writer.number(static_cast<std::uint32_t>(Method::id));
  encode(writer, method);
  detail::end_frame(buffer, begin);
}

// The content header of a message (4.2.6.1) with its properties, and its body in frames of at most `frame_max`.
struct Content {
  ByteView properties;  // core/queues/properties.h
  ByteView body;
};
void encode_content(FrameBuffer& buffer, std::uint16_t channel, const Content& content,
                    std::uint32_t frame_max);
void encode_heartbeat(FrameBuffer& buffer);

struct ContentHeader {
  std::uint16_t class_id = 0;
  std::uint64_t body_size = 0;
  ByteView properties;
};
// Refusal: frame_error: cut short. The properties are not looked at.
Outcome<ContentHeader> decode_content_header(ByteView payload);

}  // namespace koine::amqp
