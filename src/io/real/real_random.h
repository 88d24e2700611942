// RealRandom: the kernel's random numbers. Thread-safe.
#pragma once

#include "io/random.h"

namespace koine::io {

class RealRandom final : public Random {
 public:
  void fill(MutableByteView into) override;
};

}  // namespace koine::io
