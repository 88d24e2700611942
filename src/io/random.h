// Random: unpredictable bytes for ids, nonces and salts; from a seed in the simulator.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace koine::io {

class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  // Fit for secrets (real implementation). Thread-safe.
  virtual void fill(MutableByteView into) = 0;

  std::uint64_t number() {
    std::array<std::byte, 8> bytes{};
    fill(bytes);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
};

}  // namespace koine::io
