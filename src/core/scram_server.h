// ScramServer: the server's side of one SCRAM login, as a state machine: texts in, texts out (RFC 5802 5, RFC 7677).
//
//   client-first  n,,n=alice,r=abc            ->  first()
//                 r=abcXYZ,s=<salt>,i=4096    <-
//   client-final  c=biws,r=abcXYZ,p=<proof>   ->  finish()
//                 v=<server signature>        <-                 is_done(), user()
//
// One login, one shard. Channel binding is not offered; extensions are refused, as the RFC asks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/users.h"

namespace koine::core {

// Messages longer than this are refused: a name, a nonce and a proof take a few hundred bytes.
inline constexpr std::size_t scram_message_bytes_max = 4096;

class ScramServer {
 public:
  // `nonce`: at least 18 random bytes in base64, never used before.
  ScramServer(UsersPtr users, ScramHash hash, std::string nonce);

  // Errors: invalid_argument (malformed, out of order), unsupported (channel binding, extensions, acting for
  // somebody else). A user who does not exist gets an answer like everybody.
  Result<std::string> first(std::string_view client_first);

  // Errors: invalid_argument as above; unauthenticated: no such user or a wrong password, not said which.
  Result<std::string> finish(std::string_view client_final);

  bool is_done() const { return step_ == Step::done; }
  // The name that the client claims; proven when is_done().
  const std::string& user() const { return user_; }

 private:
  std::string doubled_client_nonce() const;
  enum class Step : std::uint8_t { first, final, done, failed };

  UsersPtr users_;
  std::size_t client_nonce_size_ = 0;
  std::string nonce_;
  ScramCredential credential_;
  Step step_ = Step::first;
  bool exists_ = false;
  std::string user_;
  std::string header_;  // the GS2 header, which the client repeats
  std::string client_first_bare_;
  std::string server_first_;
};

// The names in SCRAM messages: "=2C" is a comma, "=3D" an equals sign (RFC 5802 5.1).
Result<std::string> unescape_scram_name(std::string_view text);
std::string escape_scram_name(std::string_view name);

}  // namespace koine::core
