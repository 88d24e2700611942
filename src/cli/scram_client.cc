#include "cli/scram_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "core/scram_server.h"

namespace koine::cli {

ScramClient::ScramClient(core::ScramHash hash, std::string_view user, std::string password,
                         std::string nonce)
    : hash_(hash),
      password_(std::move(password)),
      nonce_(std::move(nonce)),
      first_bare_(fmt::format("n={},r={}", core::escape_scram_name(user), nonce_)) {}

Result<std::string> ScramClient::answer(std::string_view server_first) {
  const auto wrong = [] { return fail(ErrorCode::corrupt, "the server's SCRAM message is wrong"); };
  const std::size_t salt_at = server_first.find(",s=");
  const std::size_t iterations_at = server_first.find(",i=");
  if (!server_first.starts_with("r=" + nonce_) || salt_at == std::string_view::npos ||
      iterations_at == std::string_view::npos || iterations_at < salt_at) {
    return wrong();
  }
  const std::string_view nonce = server_first.substr(2, salt_at - 2);
  const auto salt =
      core::from_base64(server_first.substr(salt_at + 3, iterations_at - salt_at - 3));
  const std::string_view digits = server_first.substr(iterations_at + 3);
  std::uint32_t iterations = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), iterations);
  const bool is_number = error == std::errc{} && end == digits.data() + digits.size();
  if (!salt || !is_number || iterations < core::scram_iterations_min ||
      iterations > scram_client_iterations_max || nonce.size() == nonce_.size()) {
    return wrong();
  }
  const std::string without_proof = fmt::format("c=biws,r={}", nonce);
  const std::string signed_text = fmt::format("{},{},{}", first_bare_, server_first, without_proof);
  const auto salted = core::salted_password(hash_, password_, *salt, iterations);
  const auto client_key = core::hmac(hash_, salted, as_bytes("Client Key"));
  const auto server_key = core::hmac(hash_, salted, as_bytes("Server Key"));
  core::ByteString proof =
      core::hmac(hash_, core::hash_of(hash_, client_key), as_bytes(signed_text));
  std::ranges::transform(proof, client_key, proof.begin(), std::bit_xor());
  expected_signature_ = core::hmac(hash_, server_key, as_bytes(signed_text));
  return fmt::format("{},p={}", without_proof, core::to_base64(proof));
}

Result<> ScramClient::verify(std::string_view server_final) const {
  const auto signature =
      server_final.starts_with("v=") ? core::from_base64(server_final.substr(2)) : std::nullopt;
  if (signature && !expected_signature_.empty() &&
      core::equal_in_constant_time(*signature, expected_signature_)) {
    return {};
  }
  return fail(ErrorCode::unauthenticated, "the server could not show that it knows the password");
}

}  // namespace koine::cli
