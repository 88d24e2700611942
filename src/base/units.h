// Sizes and times by name. Sizes are bytes; monotonic times and durations are std::chrono nanoseconds; wall
// clock times, which are stored and sent, are milliseconds since 1970 UTC (WallTimeMs).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace koine {

inline constexpr std::size_t KiB = 1024;
inline constexpr std::size_t MiB = 1024 * KiB;
inline constexpr std::size_t GiB = 1024 * MiB;

using Duration = std::chrono::nanoseconds;
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTimeMs = std::int64_t;

inline constexpr MonotonicTime never = MonotonicTime::max();

}  // namespace koine
