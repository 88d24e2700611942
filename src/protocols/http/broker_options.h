// BrokerOptions: what an operator can choose about HTTP, and the limits on what a peer may send. The same on every shard; constant.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/units.h"
#include "core/metrics.h"
#include "core/users.h"

namespace koine::http {

// Of one request head, request line and all fields: four times what browsers with many cookies send.
inline constexpr std::size_t head_bytes_max = 32 * KiB;
inline constexpr std::size_t target_bytes_max = 8 * KiB;
// Small ones are cheap to send and not to keep.
inline constexpr std::size_t header_count_max = 100;

struct BrokerOptions {
  std::string version;
  // The largest body of a request, whatever its route says.
  std::size_t body_bytes_max = 16 * MiB;
  // Of all connections of one shard, for bodies that are being read or handled; one request at a time may go beyond.
  std::size_t request_memory_bytes = 256 * MiB;
  // Pages from these origins may use the server from a browser; "*": from all.
  std::vector<std::string> cors_origins;
  // Names that the server may be asked for by, besides loopback addresses and localhost, while nobody has to log in; "*": all.
  std::vector<std::string> hosts;
  // A connection on which nothing moves is closed.
  Duration idle_max = std::chrono::minutes(2);
  // A head that has begun to arrive, and then the whole body, have so long to be here.
  Duration head_deadline = std::chrono::seconds(15);
  Duration body_deadline = std::chrono::minutes(2);
  // A peer that takes nothing of what is sent to it for so long is given up.
  Duration send_deadline = std::chrono::minutes(1);
  // "host:port" that Kafka's clients are told; empty: where they have reached the server.
  std::string kafka_advertised;
  // As they know this server.
  std::int32_t kafka_broker_id = 1;
  // What `/metrics` shows; null: nothing.
  std::shared_ptr<const core::FigureSources> figures;
  // Null or empty: nobody can log in, nor needs to.
  core::UsersPtr users;
  // There are users, but who has not logged in may work too.
  bool allows_anonymous = false;

  bool needs_login() const { return users != nullptr && !users->empty() && !allows_anonymous; }
};

}  // namespace koine::http
