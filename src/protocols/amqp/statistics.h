// Statistics: what one shard's connections did, since the start; plain counters of one shard, read when metrics are
// asked for and logged when the server stops.
#pragma once

#include <cstdint>

namespace koine::amqp {

struct Statistics {
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t channels_opened = 0;
  std::uint64_t channels_closed_by_error = 0;
  std::uint64_t connections_closed_by_error = 0;
  std::uint64_t refused_logins = 0;
  std::uint64_t silent_connections = 0;  // closed for missed heartbeats
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t messages_published = 0;
  std::uint64_t messages_unroutable = 0;
  std::uint64_t messages_confirmed = 0;
  std::uint64_t messages_refused = 0;  // negatively acknowledged to their publisher
  std::uint64_t messages_delivered = 0;
  std::uint64_t messages_got = 0;     // by basic.get
  std::uint64_t replies_dropped = 0;  // direct replies for which there was no room
  std::uint64_t times_blocked = 0;    // connection.blocked
};

}  // namespace koine::amqp
