// Connection: what handlers may know of the connection that a request came on. Owned by its session, one shard.
#pragma once

#include <string>

namespace koine::http {

struct Connection {
  std::string peer_address;  // "127.0.0.1:50312"
  bool is_encrypted = false;
  std::string peer_identity;  // of a verified client certificate

  // The last Authorization that was right, so that a password is hashed once for a connection and not for each request.
  std::string known_authorization;
  std::string known_user;
};

}  // namespace koine::http
