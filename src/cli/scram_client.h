// ScramClient: the client's side of one SCRAM login (RFC 5802 5), as texts in and texts out. See core/scram_server.h for
// the picture.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/scram.h"

namespace koine::cli {

// A server may not make us compute for longer than about a minute.
inline constexpr std::uint32_t scram_client_iterations_max = 100'000'000;

class ScramClient {
 public:
  ScramClient(core::ScramHash hash, std::string_view user, std::string password, std::string nonce);

  std::string first() const { return "n,," + first_bare_; }
  // The final message. Errors: corrupt: the server's message is not one, or not for this login.
  Result<std::string> answer(std::string_view server_first);
  // Errors: unauthenticated: the server does not know the password either.
  Result<> verify(std::string_view server_final) const;

 private:
  core::ScramHash hash_;
  std::string password_;
  std::string nonce_;
  std::string first_bare_;
  core::ByteString expected_signature_;
};

}  // namespace koine::cli
