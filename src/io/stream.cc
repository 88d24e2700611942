#include "io/stream.h"

#include <array>

namespace koine::io {

Task<Result<>> write_all(Stream& stream, ByteView bytes) {
  while (!bytes.empty()) {
    const std::array parts{bytes};
    CO_TRY(const Moved moved, stream.try_write(parts));
    bytes = bytes.subspan(moved.bytes);
    if (moved.bytes == 0) CO_TRY(co_await stream.wait_writable());
  }
  co_return Result<>{};
}

}  // namespace koine::io
