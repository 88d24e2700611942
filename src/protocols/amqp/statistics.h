// Statistics: what one shard's connections did, since the start; plain counters of one shard, read when metrics are
// asked for and logged when the server stops.
#pragma once

#include <array>
#include <cstdint>

namespace koine::amqp {

// By size: up to 100 bytes, 1,000 and so on; the last: larger ones. RabbitMQ's.
inline constexpr std::array<std::uint64_t, 8> message_size_limits = {
    100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 50'000'000, 100'000'000};

struct Statistics {
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t channels_opened = 0;
  std::uint64_t channels_open = 0;
  std::uint64_t publishers_open = 0;  // channels that have published
  std::uint64_t consumers_open = 0;
  std::uint64_t channels_closed_by_error = 0;
  std::uint64_t connections_closed_by_error = 0;
  std::uint64_t refused_logins = 0;
  std::uint64_t silent_connections = 0;  // closed for missed heartbeats
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t messages_published = 0;
  std::array<std::uint64_t, message_size_limits.size() + 1> messages_by_size = {};
  std::uint64_t message_bytes_published = 0;
  std::uint64_t messages_unroutable = 0;
  std::uint64_t messages_returned = 0;  // of them: their publisher got them back
  std::uint64_t messages_confirmed = 0;
  std::uint64_t messages_refused = 0;  // negatively acknowledged to their publisher
  std::uint64_t messages_delivered = 0;
  std::uint64_t messages_delivered_settled = 0;  // of them: no ack is expected
  std::uint64_t messages_got = 0;                // by basic.get
  std::uint64_t messages_got_settled = 0;
  std::uint64_t gets_empty = 0;
  std::uint64_t messages_redelivered = 0;  // of those delivered or got
  std::uint64_t messages_acknowledged = 0;
  std::uint64_t queues_declared = 0;  // that were there already, too
  std::uint64_t replies_dropped = 0;  // direct replies for which there was no room
  std::uint64_t times_blocked = 0;    // connection.blocked
};

// Counts something that is open, as long as it lives.
class OpenCount {
 public:
  explicit OpenCount(std::uint64_t& count) : count_(count) { ++count_; }
  OpenCount(const OpenCount&) = delete;
  OpenCount& operator=(const OpenCount&) = delete;
  ~OpenCount() { --count_; }

 private:
  std::uint64_t& count_;
};

}  // namespace koine::amqp
