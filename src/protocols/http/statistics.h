// Statistics: what one shard's connections did, since the start; plain counters of one shard, read when metrics are
// asked for and logged when the server stops.
#pragma once

#include <array>
#include <cstdint>

#include "protocols/http/status.h"

namespace koine::http {

struct Statistics {
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t http2_connections_opened = 0;
  std::uint64_t requests_http1 = 0;
  std::uint64_t requests_http2 = 0;
  std::array<std::uint64_t, 6> responses = {};  // by the first digit of the status
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t streams_open = 0;        // bodies that are made while they are sent
  std::uint64_t tunnels_open = 0;        // WebSockets
  std::uint64_t malformed_requests = 0;  // their connection was closed
  std::uint64_t refused_logins = 0;
  std::uint64_t timed_out_connections = 0;  // too slow, or nothing moved
  std::uint64_t abusive_connections = 0;    // HTTP/2: a flood of what is cheap to send

  void count(Status status) { ++responses[static_cast<std::size_t>(status) / 100]; }
  std::uint64_t requests_total() const { return requests_http1 + requests_http2; }
};

}  // namespace koine::http
