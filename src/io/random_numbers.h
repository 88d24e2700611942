// RandomNumbers: a repeatable sequence of numbers from a seed (SplitMix64), the same on every machine. For tests,
// fuzzers, the simulator and jitter; never for secrets (see random.h).
#pragma once

#include <cstdint>

namespace koine::io {

class RandomNumbers {
 public:
  explicit RandomNumbers(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t value = state_;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
  }
  // From 0 to limit - 1; `limit` is not 0. The bias is far below what a simulation can see.
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  // From `low` to `high`, both included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }
  // True with this probability, from 0 to 1.
  bool chance(double probability) {
    return static_cast<double>(next() >> 11U) * 0x1.0p-53 < probability;
  }
  bool coin() { return (next() & 1U) != 0; }

 private:
  std::uint64_t state_;
};

}  // namespace koine::io
