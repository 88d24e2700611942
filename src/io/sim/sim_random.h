// SimRandom: the simulator's "unpredictable" bytes: repeatable, from the world's seed.
#pragma once

#include "io/random.h"
#include "io/random_numbers.h"

namespace koine::io {

class SimRandom final : public Random {
 public:
  explicit SimRandom(std::uint64_t seed) : numbers_(seed) {}

  void fill(MutableByteView into) override {
    for (std::byte& byte : into) byte = static_cast<std::byte>(numbers_.next() & 0xFFU);
  }

 private:
  RandomNumbers numbers_;
};

}  // namespace koine::io
