// FloodGuard: a bucket of tokens for what is cheap for a peer to send and not for us to take: pings, settings, resets, empty frames.
// A connection that empties it is ended. One connection.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/units.h"

namespace koine::http {

class FloodGuard {
 public:
  // Clients cancel in bursts (a page that is left), and ping every few seconds.
  static constexpr double burst = 500;
  static constexpr double per_second = 50;

  // False: too many.
  bool take(MonotonicTime now) {
    const std::chrono::duration<double> passed = now - filled_at_;
    tokens_ = std::min(burst, tokens_ + passed.count() * per_second);
    filled_at_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double tokens_ = burst;
  MonotonicTime filled_at_{};
};

}  // namespace koine::http
