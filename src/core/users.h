// Users: who may log in, and what the server keeps of their passwords. From the configuration, read at start;
// immutable afterwards and shared by all shards.
//
// A user has one SCRAM credential per hash function, or a token, at least one of them. PLAIN is checked against the same credential by
// deriving it again: no password is kept. For a user who does not exist, the same work is done and a credential is
// made up which is always the same for that name, so that nobody learns which names exist.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/scram.h"

namespace koine::core {

class Users {
 public:
  // Replaces the user's credential of the same hash.
  void add(std::string_view name, ScramCredential credential);

  // Another way in for the user, who may have others or none (core/access_token.h). Replaces the user's token.
  void add_token(std::string_view name, ByteString digest);

  bool empty() const { return users_.empty(); }
  std::size_t size() const { return users_.size(); }

  // Null: no such user, or none of that hash.
  const ScramCredential* find(std::string_view name, ScramHash hash) const;
  // The user's, or one that fits no password.
  ScramCredential find_or_make_up(std::string_view name, ScramHash hash) const;

  // Whose token it is; null: nobody's.
  const std::string* find_token(std::string_view token) const;

  // PLAIN (RFC 4616). Computes for a few milliseconds (see scram_iterations_max), whether the user exists or not.
  bool has_password(std::string_view name, std::string_view password) const;

 private:
  using Credentials = std::array<std::optional<ScramCredential>, 2>;  // by ScramHash

  ByteString secret() const;

  std::map<std::string, Credentials, std::less<>> users_;
  std::map<ByteString, std::string> tokens_;  // by digest
};

using UsersPtr = std::shared_ptr<const Users>;

// A message of SASL PLAIN: [authzid] NUL authcid NUL password (RFC 4616 2). Views into the message.
struct PlainMessage {
  std::string_view user;
  std::string_view password;

  // Errors: invalid_argument; unsupported: acting for somebody else.
  static Result<PlainMessage> parse(std::string_view message);
};

}  // namespace koine::core
