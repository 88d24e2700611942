// Connection: what handlers may know of the connection that a request came on, and the state of its login. Owned by
// its Session, one shard.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/scram_server.h"
#include "io/network.h"
#include "protocols/kafka/field_spec.h"

namespace koine::kafka {

// Where a connection is between SaslHandshake and the proof. Changed by the handlers of those two APIs; the session
// asks `step` before every request, and closes the connection after the answer that set it to `failed`.
struct Login {
  enum class Step : std::uint8_t {
    none,        // no mechanism was chosen
    chosen,      // SaslHandshake was answered; tokens may come
    exchanging,  // a first token was answered, another is due
    done,
    failed,
  };

  Step step = Step::none;
  // With handshake version 0 the tokens come as frames without a header; the session passes them to the handler of
  // SaslAuthenticate all the same.
  Version handshake_version = 1;
  std::string mechanism;                     // "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"
  std::unique_ptr<core::ScramServer> scram;  // while exchanging
  std::string answer;                        // keeps what the response's auth_bytes view
  std::string user;                          // when done
};

struct Connection {
  std::string peer_address;  // "127.0.0.1:50312"
  // Where clients are told to connect: as configured, else the address at which this one reached us.
  io::Endpoint advertised;
  bool is_encrypted = false;
  std::string peer_identity;  // of a verified client certificate
  // From ApiVersions 3 on; else empty.
  std::string client_software_name;
  std::string client_software_version;
  Login login;

  // "alice", or "ANONYMOUS" as in Kafka.
  std::string principal() const { return login.user.empty() ? "ANONYMOUS" : login.user; }
};

}  // namespace koine::kafka
