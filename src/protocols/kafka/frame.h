// Frames: Kafka's messages are preceded by their size in 4 bytes, big-endian. Cutting them is a pure function over the
// bytes that have arrived; who reads from the stream keeps the bytes.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"

namespace koine::kafka {

inline constexpr std::size_t frame_prefix_size = 4;

// A correlation id: the shortest header, a response's.
inline constexpr std::size_t frame_size_min = 4;

// Kafka's default for socket.request.max.bytes: what clients are tuned to stay below.
inline constexpr std::size_t frame_size_max_default = 100 * MiB;

// Before a client has said who it is: Kafka's default for sasl.server.max.receive.size. Tickets and tokens fit, and a
// stranger can't make us hold more.
inline constexpr std::size_t frame_size_max_unauthenticated = 512 * KiB;

// The size of the frame, without the prefix, that starts with these bytes; nothing when fewer than 4 are here yet.
// ErrorCode::corrupt when it is negative or below frame_size_min, too_large above `size_max`: the stream can't be
// cut any further, and the connection ends.
Result<std::optional<std::size_t>> frame_size(ByteView bytes, std::size_t size_max);

struct Cut {
  ByteView frame;  // without the prefix
  ByteView rest;   // what follows
};

// The first whole frame in these bytes; nothing when it is not all here yet. Errors as frame_size.
Result<std::optional<Cut>> cut_frame(ByteView bytes, std::size_t size_max);

}  // namespace koine::kafka
