// Connection: what handlers may know of the connection that a method came on. Owned by its Session, one shard.
#pragma once

#include <cstdint>
#include <string>

#include "core/queues/properties.h"

namespace koine::amqp {

// What the client said in connection.start-ok that it understands.
struct ClientCapabilities {
  bool authentication_failure_close = false;
  bool basic_nack = false;
  bool connection_blocked = false;
  bool consumer_cancel_notify = false;

  static ClientCapabilities read(const core::FieldTable& client_properties);
};

struct Connection {
  std::string peer_address;  // "127.0.0.1:50312"
  bool is_encrypted = false;
  std::string peer_identity;  // of a verified client certificate
  std::string client;         // product and version, for people
  ClientCapabilities capabilities;
  std::string user;
  std::string mechanism;
  std::string vhost;
  // Of exclusive queues (QueueSpec::exclusive_owner). Never 0.
  std::uint64_t owner = 0;
  // As agreed.
  std::uint16_t channel_max = 0;
  std::uint32_t frame_max = 0;
};

}  // namespace koine::amqp
