// How long a lease may be, and how many one request may speak of; the same over HTTP and WebSocket.
#pragma once

#include <cstddef>
#include <cstdint>

namespace koine::http {

// As long as SQS's.
inline constexpr std::int64_t lease_ms_max = 12LL * 3600 * 1000;
inline constexpr std::int64_t lease_ms_default = 30'000;
inline constexpr std::size_t settled_max = 10'000;

}  // namespace koine::http
