// The cryptography of SCRAM (RFC 5802 3, RFC 7677) and the form in which a server keeps a password.
//
//   SaltedPassword = PBKDF2(password, salt, iterations)
//   StoredKey      = H(HMAC(SaltedPassword, "Client Key"))       what the server keeps: neither gives
//   ServerKey      = HMAC(SaltedPassword, "Server Key")          the password nor lets one log in
//
// Pure functions; thread-safe. Passwords are taken as the bytes they are (as Kafka does), without SASLprep.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace koine::core {

enum class ScramHash : std::uint8_t { sha256, sha512 };

using ByteString = std::vector<std::byte>;

// RFC 7677 4 asks for at least 4096. The maximum bounds how long one login can occupy a shard (1 million: 0.5 s).
inline constexpr std::uint32_t scram_iterations_min = 4096;
inline constexpr std::uint32_t scram_iterations_max = 1'000'000;
// What `koine user add` chooses.
inline constexpr std::uint32_t scram_iterations_default = 8192;
inline constexpr std::size_t scram_salt_bytes = 16;

// "SCRAM-SHA-256": the SASL mechanism's name.
std::string_view mechanism_of(ScramHash hash);
std::optional<ScramHash> scram_hash_of(std::string_view mechanism);
std::size_t digest_bytes(ScramHash hash);

ByteString hash_of(ScramHash hash, ByteView message);
ByteString hmac(ScramHash hash, ByteView key, ByteView message);
// RFC 2898: `iterations` rounds, about 0.4 microseconds each.
ByteString salted_password(ScramHash hash, std::string_view password, ByteView salt,
                           std::uint32_t iterations);
// False also when the sizes differ; the time depends on the size only.
bool equal_in_constant_time(ByteView left, ByteView right);

std::string to_base64(ByteView bytes);
// nothing: not base64 with padding (RFC 4648 4), or a character that does not belong there.
std::optional<ByteString> from_base64(std::string_view text);

// What a server keeps of a password: "SCRAM-SHA-256$4096:<salt>$<stored key>:<server key>", the last three in
// base64 (RFC 5803).
struct ScramCredential {
  ScramHash hash = ScramHash::sha256;
  std::uint32_t iterations = scram_iterations_default;
  ByteString salt;
  ByteString stored_key;
  ByteString server_key;

  // Errors: invalid_argument, which says what was expected and never repeats the text.
  static Result<ScramCredential> parse(std::string_view text);
  static ScramCredential derive(ScramHash hash, std::string_view password, ByteView salt,
                                std::uint32_t iterations);
  std::string to_string() const;

  // Derives the keys from the password: takes as long as `iterations` says.
  bool is_made_from(std::string_view password) const;

  bool operator==(const ScramCredential&) const = default;
};

}  // namespace koine::core
