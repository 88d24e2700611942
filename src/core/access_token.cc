#include "core/access_token.h"

#include <algorithm>

namespace koine::core {

namespace {

constexpr std::string_view token_prefix = "koine_";
constexpr std::string_view digest_prefix = "SHA-256$";

}  // namespace

std::string make_token(ByteView random) {
  std::string text = to_base64(random);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return std::string(token_prefix) + text;
}

ByteString digest_of_token(std::string_view token) {
  return hash_of(ScramHash::sha256, as_bytes(token));
}

std::string token_digest_to_text(const ByteString& digest) {
  return std::string(digest_prefix) + to_base64(digest);
}

Result<ByteString> parse_token_digest(std::string_view text) {
  if (text.starts_with(digest_prefix)) {
    auto digest = from_base64(text.substr(digest_prefix.size()));
    if (digest && digest->size() == digest_bytes(ScramHash::sha256)) return std::move(*digest);
  }
  return fail(ErrorCode::invalid_argument,
              "expected SHA-256$DIGEST as `koine user token` prints it (a token in clear is never "
              "accepted)");
}

}  // namespace koine::core
