#include "core/users.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/access_token.h"

namespace koine::core {

void Users::add(std::string_view name, ScramCredential credential) {
  auto& slot = users_[std::string(name)][std::to_underlying(credential.hash)];
  slot = std::move(credential);
}

void Users::add_token(std::string_view name, ByteString digest) {
  users_.try_emplace(std::string(name));
  std::erase_if(tokens_, [&](const auto& token) { return token.second == name; });
  tokens_.insert_or_assign(std::move(digest), std::string(name));
}

// The digest of a guess says nothing about those that it is compared with.
const std::string* Users::find_token(std::string_view token) const {
  const auto found = tokens_.find(digest_of_token(token));
  return found == tokens_.end() ? nullptr : &found->second;
}

const ScramCredential* Users::find(std::string_view name, ScramHash hash) const {
  const auto user = users_.find(name);
  if (user == users_.end()) return nullptr;
  const auto& credential = user->second[std::to_underlying(hash)];
  return credential ? &*credential : nullptr;
}

// Known to this server only, and the same after a restart.
ByteString Users::secret() const {
  ByteString keys;
  for (const auto& [name, credentials] : users_) {
    for (const auto& credential : credentials) {
      if (credential) {
        keys.insert(keys.end(), credential->server_key.begin(), credential->server_key.end());
      }
    }
  }
  return hash_of(ScramHash::sha256, keys);
}

ScramCredential Users::find_or_make_up(std::string_view name, ScramHash hash) const {
  if (const ScramCredential* found = find(name, hash)) return *found;
  ScramCredential made_up;
  made_up.hash = hash;
  std::size_t salt_bytes = scram_salt_bytes;
  for (const auto& [other, credentials] : users_) {
    if (const auto& credential = credentials[std::to_underlying(hash)]) {
      made_up.iterations = credential->iterations;
      salt_bytes = credential->salt.size();
      break;
    }
  }
  // SHA-512, so that a salt up to 64 bytes long can be cut from it.
  made_up.salt = hmac(ScramHash::sha512, secret(), as_bytes(name));
  made_up.salt.resize(std::min(salt_bytes, made_up.salt.size()));
  // Preimages of a random-looking key are not known to anybody.
  made_up.stored_key = hmac(hash, secret(), made_up.salt);
  made_up.server_key = hmac(hash, made_up.stored_key, made_up.salt);
  return made_up;
}

bool Users::has_password(std::string_view name, std::string_view password) const {
  const ScramCredential* credential = find(name, ScramHash::sha256);
  if (credential == nullptr) credential = find(name, ScramHash::sha512);
  if (credential != nullptr) return credential->is_made_from(password);
  const ScramCredential made_up = find_or_make_up(name, ScramHash::sha256);
  // The work is done for its duration.
  const bool fits = made_up.is_made_from(password);
  CHECK(!fits);
  return false;
}

Result<PlainMessage> PlainMessage::parse(std::string_view message) {
  const std::size_t first = message.find('\0');
  const std::size_t second =
      first == std::string_view::npos ? first : message.find('\0', first + 1);
  if (second == std::string_view::npos ||
      message.find('\0', second + 1) != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument,
                "a PLAIN message is not [authzid] NUL user NUL password");
  }
  const std::string_view acts_for = message.substr(0, first);
  const PlainMessage plain{message.substr(first + 1, second - first - 1),
                           message.substr(second + 1)};
  if (plain.user.empty()) return fail(ErrorCode::invalid_argument, "a PLAIN message has no user");
  if (!acts_for.empty() && acts_for != plain.user) {
    return fail(ErrorCode::unsupported, "acting for another user is not supported");
  }
  return plain;
}

}  // namespace koine::core
