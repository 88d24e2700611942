#include "core/scram.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>

#include "base/base64.h"
#include "base/check.h"

namespace koine::core {

namespace {

const EVP_MD* digest_of(ScramHash hash) {
  return hash == ScramHash::sha256 ? EVP_sha256() : EVP_sha512();
}

// OpenSSL's bytes are unsigned char.
const unsigned char* octets(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(ByteString& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// The text before `delimiter`, which is removed from `rest` with it; nothing if there is none.
std::optional<std::string_view> take_until(std::string_view& rest, char delimiter) {
  const std::size_t at = rest.find(delimiter);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return taken;
}

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view mechanism_of(ScramHash hash) {
  return hash == ScramHash::sha256 ? "SCRAM-SHA-256" : "SCRAM-SHA-512";
}

std::optional<ScramHash> scram_hash_of(std::string_view mechanism) {
  if (mechanism == "SCRAM-SHA-256") return ScramHash::sha256;
  if (mechanism == "SCRAM-SHA-512") return ScramHash::sha512;
  return std::nullopt;
}

std::size_t digest_bytes(ScramHash hash) { return hash == ScramHash::sha256 ? 32 : 64; }

ByteString hash_of(ScramHash hash, ByteView message) {
  ByteString digest(digest_bytes(hash));
  CHECK(EVP_Digest(message.data(), message.size(), octets(digest), nullptr, digest_of(hash),
                   nullptr) == 1);
  return digest;
}

ByteString hmac(ScramHash hash, ByteView key, ByteView message) {
  ByteString digest(digest_bytes(hash));
  CHECK(HMAC(digest_of(hash), key.data(), static_cast<int>(key.size()), octets(message),
             message.size(), octets(digest), nullptr) != nullptr);
  return digest;
}

ByteString salted_password(ScramHash hash, std::string_view password, ByteView salt,
                           std::uint32_t iterations) {
  ByteString derived(digest_bytes(hash));
  CHECK(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), octets(salt),
                          static_cast<int>(salt.size()), static_cast<int>(iterations),
                          digest_of(hash), static_cast<int>(derived.size()), octets(derived)) == 1);
  return derived;
}

bool equal_in_constant_time(ByteView left, ByteView right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string to_base64(ByteView bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

std::optional<ByteString> from_base64(std::string_view text) {
  if (text.empty()) return ByteString();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  // EVP_DecodeBlock skips white space and reads padding as zero: only the alphabet may reach it.
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0 || digits.find_first_not_of(alphabet) != std::string_view::npos) {
    return std::nullopt;
  }
  ByteString bytes(text.size() / 4 * 3);
  if (EVP_DecodeBlock(octets(bytes), octets(as_bytes(text)), static_cast<int>(text.size())) < 0) {
    return std::nullopt;
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

Result<ScramCredential> ScramCredential::parse(std::string_view text) {
  const auto wrong = [](std::string_view what) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}; expected MECHANISM$ITERATIONS:SALT$STOREDKEY:SERVERKEY as "
                            "`koine user add` prints it",
                            what));
  };
  std::string_view rest = text;
  const auto mechanism = take_until(rest, '$');
  const auto iterations_text = take_until(rest, ':');
  const auto salt_text = take_until(rest, '$');
  const auto stored_text = take_until(rest, ':');
  if (!mechanism || !iterations_text || !salt_text || !stored_text) {
    return wrong("it is not a SCRAM credential (a password in clear is never accepted)");
  }
  const auto hash = scram_hash_of(*mechanism);
  if (!hash) return wrong("its mechanism is neither SCRAM-SHA-256 nor SCRAM-SHA-512");
  const auto iterations = number_in(*iterations_text);
  if (!iterations || *iterations < scram_iterations_min || *iterations > scram_iterations_max) {
    return wrong(fmt::format("its iterations are not a number from {} to {}", scram_iterations_min,
                             scram_iterations_max));
  }
  auto salt = from_base64(*salt_text);
  if (!salt || salt->empty()) return wrong("its salt is not base64");
  auto stored_key = from_base64(*stored_text);
  auto server_key = from_base64(rest);
  const std::size_t size = digest_bytes(*hash);
  if (!stored_key || !server_key || stored_key->size() != size || server_key->size() != size) {
    return wrong(fmt::format("its keys are not {} bytes in base64", size));
  }
  return ScramCredential{*hash, *iterations, std::move(*salt), std::move(*stored_key),
                         std::move(*server_key)};
}

ScramCredential ScramCredential::derive(ScramHash hash, std::string_view password, ByteView salt,
                                        std::uint32_t iterations) {
  const ByteString salted = salted_password(hash, password, salt, iterations);
  const ByteString client_key = hmac(hash, salted, as_bytes("Client Key"));
  return {hash, iterations, ByteString(salt.begin(), salt.end()), hash_of(hash, client_key),
          hmac(hash, salted, as_bytes("Server Key"))};
}

std::string ScramCredential::to_string() const {
  return fmt::format("{}${}:{}${}:{}", mechanism_of(hash), iterations, to_base64(salt),
                     to_base64(stored_key), to_base64(server_key));
}

bool ScramCredential::is_made_from(std::string_view password) const {
  const ScramCredential derived = derive(hash, password, salt, iterations);
  return equal_in_constant_time(derived.stored_key, stored_key);
}

}  // namespace koine::core
