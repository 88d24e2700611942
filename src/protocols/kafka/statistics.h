// Statistics: what one shard's connections did, since the start; plain counters of one shard, read when metrics are
// asked for and logged when the server stops.
#pragma once

#include <cstdint>
#include <vector>

#include "protocols/kafka/api.h"

namespace koine::kafka {

struct Statistics {
  std::vector<std::uint64_t> requests =
      std::vector<std::uint64_t>(supported_apis().size());  // in the order of supported_apis()
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t malformed_requests =
      0;  // frames and messages that can't be decoded; their connection was closed
  std::uint64_t unsupported_requests = 0;  // APIs or versions that are not spoken here
  std::uint64_t refused_requests = 0;      // before login
  std::uint64_t timed_out_connections = 0;

  void count(const Api& api) {
    ++requests[static_cast<std::size_t>(&api - supported_apis().data())];
  }
  std::uint64_t requests_total() const {
    std::uint64_t total = 0;
    for (const std::uint64_t count : requests) total += count;
    return total;
  }
};

}  // namespace koine::kafka
