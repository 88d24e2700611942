// Whatever arrives first: a decision is never taken back when more bytes come, and is there after detect_bytes_max.
#include "server/detect.h"

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const koine::ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
  using koine::server::Detected;
  Detected decided = Detected::undecided;
  for (std::size_t seen = 0; seen <= size; ++seen) {
    const Detected now = koine::server::detect(bytes.first(seen));
    CHECK(decided == Detected::undecided || decided == now);
    CHECK(seen < koine::server::detect_bytes_max || now != Detected::undecided);
    decided = now;
  }
  return 0;
}
