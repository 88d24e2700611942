// BrokerOptions: what an operator can choose about the Kafka protocol. The same on every shard; constant.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/units.h"
#include "core/users.h"
#include "io/network.h"
#include "protocols/kafka/frame.h"

namespace koine::kafka {

// The one broker, leader of everything. 1, as in the quick start of Kafka itself: 0 is also what code sends that forgot
// to set an id.
inline constexpr std::int32_t broker_id = 1;

// Partitions have one owner; the epoch of a leader that never changes.
inline constexpr std::int32_t leader_epoch = 0;

struct BrokerOptions {
  // The largest request; a stranger's is frame_size_max_unauthenticated.
  std::size_t request_bytes_max = frame_size_max_default;
  // Of all connections of one shard, for requests that are being read or handled; one request at a time may go beyond.
  std::size_t request_memory_bytes = 256 * MiB;
  // Kafka's connections.max.idle.ms: a connection on which nothing moves is closed.
  Duration idle_max = std::chrono::minutes(10);
  // A request that has begun to arrive has this long to be here.
  Duration frame_deadline = std::chrono::seconds(30);
  // Where clients are told to connect; none: the address at which they reached us.
  std::optional<io::Endpoint> advertised;
  // Null or empty: nobody can log in, nor needs to.
  core::UsersPtr users;
  // There are users, but who has not logged in may work too.
  bool allows_anonymous = false;

  bool needs_login() const { return users != nullptr && !users->empty() && !allows_anonymous; }
};

}  // namespace koine::kafka
