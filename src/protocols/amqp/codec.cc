#include "protocols/amqp/codec.h"

#include <algorithm>

namespace koine::amqp {

namespace {

constexpr std::size_t content_header_head = 12;  // class, weight, body size
constexpr std::size_t size_position = 3;         // of a frame's head

}  // namespace

Outcome<MethodId> decode_method_id(Reader& reader) {
  const auto number = reader.number<std::uint32_t>();
  if (!reader.ok()) return refuse(ReplyCode::frame_error, "a method frame without a method");
  return static_cast<MethodId>(number);
}

namespace detail {

std::size_t begin_frame(FrameBuffer& buffer, FrameType type, std::uint16_t channel) {
  const std::size_t begin = buffer.size();
  std::byte* const head = buffer.extend(frame_head_size);
  head[0] = static_cast<std::byte>(type);
  store_be(head + 1, channel);
  return begin;
}

void end_frame(FrameBuffer& buffer, std::size_t begin) {
  const std::size_t size = buffer.size() - begin - frame_head_size;
  *buffer.extend(1) = frame_end;
  store_be(buffer.at(begin) + size_position, static_cast<std::uint32_t>(size));
}

}  // namespace detail

void encode_content(FrameBuffer& buffer, std::uint16_t channel, const Content& content,
                    std::uint32_t frame_max) {
  const std::size_t header_size = content_header_head + content.properties.size();
  std::byte* at = buffer.extend(frame_overhead + header_size);
  *at++ = static_cast<std::byte>(FrameType::header);
  store_be(at, channel);
  store_be(at + 2, static_cast<std::uint32_t>(header_size));
  store_be(at + 6, basic_class);
  store_be(at + 8, std::uint16_t{0});
  store_be(at + 10, static_cast<std::uint64_t>(content.body.size()));
  std::ranges::copy(content.properties, at + 18);
  at[18 + content.properties.size()] = frame_end;

  ByteView rest = content.body;
  while (!rest.empty()) {
    const ByteView part =
        rest.first(std::min<std::size_t>(rest.size(), frame_max - frame_overhead));
    std::byte* const frame = buffer.extend(frame_overhead + part.size());
    frame[0] = static_cast<std::byte>(FrameType::body);
    store_be(frame + 1, channel);
    store_be(frame + size_position, static_cast<std::uint32_t>(part.size()));
    std::ranges::copy(part, frame + frame_head_size);
    frame[frame_head_size + part.size()] = frame_end;
    rest = rest.subspan(part.size());
  }
}

void encode_heartbeat(FrameBuffer& buffer) {
  detail::end_frame(buffer, detail::begin_frame(buffer, FrameType::heartbeat, 0));
}

Outcome<ContentHeader> decode_content_header(ByteView payload) {
  // Class, weight, size, and the properties' flags.
  if (payload.size() < content_header_head + 2) {
    return refuse(ReplyCode::frame_error, "a content header is cut short");
  }
  return ContentHeader{.class_id = load_be<std::uint16_t>(payload.data()),
                       .body_size = load_be<std::uint64_t>(payload.data() + 4),
                       .properties = payload.subspan(content_header_head)};
}

}  // namespace koine::amqp
