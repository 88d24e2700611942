// BrokerOptions: what an operator can choose about AMQP. The same on every shard; constant.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"
#include "core/users.h"
#include "protocols/amqp/frame.h"

namespace koine::amqp {

// RabbitMQ's defaults.
inline constexpr std::uint16_t channel_max_default = 2047;
inline constexpr std::uint16_t heartbeat_default = 60;  // seconds
inline constexpr std::size_t message_bytes_max_default = 16 * MiB;

struct BrokerOptions {
  std::string version;  // of the server, for clients to show
  // What connection.tune offers; a client may ask for less.
  std::uint32_t frame_max = frame_max_default;
  std::uint16_t channel_max = channel_max_default;
  std::uint16_t heartbeat_seconds = heartbeat_default;
  // The body of one message.
  std::size_t message_bytes_max = message_bytes_max_default;
  std::vector<std::string> vhosts{"/"};
  // Of all connections of one shard, for large frames and messages that are being received; one connection at a time
  // may go beyond.
  std::size_t request_memory_bytes = 256 * MiB;
  // RabbitMQ's handshake_timeout: from the first byte to connection.open.
  Duration handshake_deadline = std::chrono::seconds(10);
  // Null or empty: guest, from this machine only.
  core::UsersPtr users;
  // Who has no password may work too.
  bool allows_anonymous = false;
};

}  // namespace koine::amqp
