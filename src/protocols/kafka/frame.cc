#include "protocols/kafka/frame.h"

#include <fmt/format.h>

#include "base/byte_order.h"

namespace koine::kafka {

Result<std::optional<std::size_t>> frame_size(ByteView bytes, std::size_t size_max) {
  if (bytes.size() < frame_prefix_size) return std::nullopt;
  const auto said = load_be<std::int32_t>(bytes.data());
  if (said < 0) return fail(ErrorCode::corrupt, fmt::format("frame size {} is negative", said));
  const auto size = static_cast<std::size_t>(said);
  if (size < frame_size_min) {
    return fail(ErrorCode::corrupt, fmt::format("frame size {} is less than a header", size));
  }
  if (size > size_max) {
    return fail(ErrorCode::too_large,
                fmt::format("frame size {} is over the limit of {}", size, size_max));
  }
  return size;
}

Result<std::optional<Cut>> cut_frame(ByteView bytes, std::size_t size_max) {
  TRY(const auto size, frame_size(bytes, size_max));
  if (!size || bytes.size() - frame_prefix_size < *size) return std::nullopt;
  return Cut{bytes.subspan(frame_prefix_size, *size), bytes.subspan(frame_prefix_size + *size)};
}

}  // namespace koine::kafka
