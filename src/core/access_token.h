// Access tokens (RFC 6750): long random texts that stand for a user where a program can't answer questions about a password. The
// server keeps a hash only; since a token is random, one round of SHA-256 is enough.
//
//   koine_kPZb...            the token, shown once: "koine_" and 32 bytes in base64 as URLs have it
//   SHA-256$<base64>         what the configuration keeps
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "core/scram.h"

namespace koine::core {

inline constexpr std::size_t token_bytes = 32;

// From that many random bytes.
std::string make_token(ByteView random);

ByteString digest_of_token(std::string_view token);
std::string token_digest_to_text(const ByteString& digest);
// Errors: invalid_argument, which never repeats the text.
Result<ByteString> parse_token_digest(std::string_view text);

}  // namespace koine::core
