// Frames: how AMQP 0-9-1 cuts a connection's bytes into pieces (4.2.3). Pure; who reads from the stream keeps the bytes.
//
//    0        1         3             7                  7+size
//    | type   | channel | size        | payload ...      | 0xCE |      big-endian
//
// Before the first frame the client sends a protocol header: "AMQP", 0, 0, 9, 1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/units.h"
#include "protocols/amqp/errors.h"

namespace koine::amqp {

enum class FrameType : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

inline constexpr std::size_t frame_head_size = 7;
inline constexpr std::size_t frame_overhead = frame_head_size + 1;
inline constexpr std::byte frame_end{0xCE};

// The protocol's own minimum (4.2.3, frame-min-size): a smaller frame-max can't be agreed on.
inline constexpr std::uint32_t frame_max_min = 4096;
// RabbitMQ's default.
inline constexpr std::uint32_t frame_max_default = 131072;
// Before a client has said who it is: tokens fit, and a stranger can't make us hold more.
inline constexpr std::uint32_t frame_max_unauthenticated = 64 * KiB;

inline constexpr std::size_t protocol_header_size = 8;
inline constexpr std::array<std::byte, protocol_header_size> protocol_header{
    std::byte{'A'}, std::byte{'M'}, std::byte{'Q'}, std::byte{'P'},
    std::byte{0},   std::byte{0},   std::byte{9},   std::byte{1}};

// Views into the bytes that it was cut from.
struct Frame {
  FrameType type = FrameType::method;
  std::uint16_t channel = 0;
  ByteView payload;

  std::size_t whole_size() const { return frame_overhead + payload.size(); }
};

// The whole size of the frame that begins here, its head and end included; nothing when fewer than 7 bytes are here.
// Refusals (all hard: the stream can't be cut any further): frame_error: unknown type, larger than `frame_max` (which
// counts the whole frame).
Outcome<std::optional<std::size_t>> frame_size(ByteView bytes, std::uint32_t frame_max);

// The first whole frame; nothing when it is not all here yet. Refusals as frame_size; frame_error: a wrong end octet, a heartbeat
// that is not empty.
Outcome<std::optional<Frame>> cut_frame(ByteView bytes, std::uint32_t frame_max);

}  // namespace koine::amqp
