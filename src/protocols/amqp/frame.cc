#include "protocols/amqp/frame.h"

#include <fmt/format.h>

#include "base/byte_order.h"

namespace koine::amqp {

namespace {

bool is_known(std::uint8_t type) {
  return (type >= std::to_underlying(FrameType::method) &&
          type <= std::to_underlying(FrameType::body)) ||
         type == std::to_underlying(FrameType::heartbeat);
}

}  // namespace

Outcome<std::optional<std::size_t>> frame_size(ByteView bytes, std::uint32_t frame_max) {
  if (bytes.size() < frame_head_size) return std::nullopt;
  const auto type = std::to_integer<std::uint8_t>(bytes[0]);
  if (!is_known(type)) {
    return refuse(ReplyCode::frame_error, fmt::format("frame type {} is unknown", type));
  }
  const auto size = load_be<std::uint32_t>(bytes.data() + 3);
  if (size > frame_max - frame_overhead) {
    return refuse(ReplyCode::frame_error,
                  fmt::format("type {}, all octets = {}: frame is larger than frame_max {}", type,
                              std::uint64_t{size} + frame_overhead, frame_max));
  }
  return std::size_t{size} + frame_overhead;
}

Outcome<std::optional<Frame>> cut_frame(ByteView bytes, std::uint32_t frame_max) {
  TRY(const auto size, frame_size(bytes, frame_max));
  if (!size || bytes.size() < *size) return std::nullopt;
  if (bytes[*size - 1] != frame_end) {
    return refuse(ReplyCode::frame_error,
                  fmt::format("the frame's end octet is {:#04x}, expected 0xce",
                              std::to_integer<unsigned>(bytes[*size - 1])));
  }
  const auto type = static_cast<FrameType>(bytes[0]);
  if (type == FrameType::heartbeat && *size != frame_overhead) {
    return refuse(ReplyCode::frame_error, "a heartbeat has a payload");
  }
  return Frame{.type = type,
               .channel = load_be<std::uint16_t>(bytes.data() + 1),
               .payload = bytes.subspan(frame_head_size, *size - frame_overhead)};
}

}  // namespace koine::amqp
