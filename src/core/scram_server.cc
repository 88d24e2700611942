#include "core/scram_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace koine::core {

namespace {

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("a SCRAM message {}", what));
}

// The value of the next attribute, "<letter>=<value>", which ends at a comma or at the end.
Result<std::string_view> take_attribute(std::string_view& rest, char letter) {
  if (rest.size() < 2 || rest[0] != letter || rest[1] != '=') {
    if (rest.starts_with("m=")) {
      return fail(ErrorCode::unsupported, "a SCRAM message has a mandatory extension");
    }
    return malformed(fmt::format("lacks the attribute '{}'", letter));
  }
  const std::size_t end = std::min(rest.find(','), rest.size());
  const std::string_view value = rest.substr(2, end - 2);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return value;
}

// Printable ASCII without a comma (RFC 5802 7).
bool is_nonce(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~' && c != ','; });
}

// The header before the bare message: "n,," or "n,a=name,". Returns the authorization id, and cuts it from `rest`.
Result<std::string> take_header(std::string_view& rest) {
  if (rest.starts_with("p=")) {
    return fail(ErrorCode::unsupported, "channel binding is not supported");
  }
  if (!rest.starts_with("n,") && !rest.starts_with("y,")) return malformed("has no GS2 header");
  rest.remove_prefix(2);
  if (rest.starts_with(',')) {
    rest.remove_prefix(1);
    return std::string();
  }
  TRY(const std::string_view name, take_attribute(rest, 'a'));
  return unescape_scram_name(name);
}

}  // namespace

Result<std::string> unescape_scram_name(std::string_view text) {
  std::string name;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '=') {
      name += text[at];
    } else if (text.substr(at, 3) == "=2C" || text.substr(at, 3) == "=3D") {
      name += text[at + 1] == '2' ? ',' : '=';
      at += 2;
    } else {
      return malformed("has a name in which '=' is not followed by 2C or 3D");
    }
  }
  return name;
}

std::string escape_scram_name(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == ',')
      text += "=2C";
    else if (c == '=')
      text += "=3D";
    else
      text += c;
  }
  return text;
}

ScramServer::ScramServer(UsersPtr users, ScramHash hash, std::string nonce)
    : users_(std::move(users)), nonce_(std::move(nonce)) {
  CHECK(nonce_.size() >= 24);
  credential_.hash = hash;
}

Result<std::string> ScramServer::first(std::string_view client_first) {
  if (std::exchange(step_, Step::failed) != Step::first) return malformed("came out of order");
  if (client_first.size() > scram_message_bytes_max) return malformed("is too long");
  std::string_view rest = client_first;
  TRY(const std::string acts_for, take_header(rest));
  header_ = client_first.substr(0, client_first.size() - rest.size());
  client_first_bare_ = rest;
  TRY(const std::string_view escaped, take_attribute(rest, 'n'));
  TRY(user_, unescape_scram_name(escaped));
  TRY(const std::string_view client_nonce, take_attribute(rest, 'r'));
  if (user_.empty()) return malformed("has no user");
  if (!is_nonce(client_nonce)) return malformed("has no printable nonce");
  if (!rest.empty()) return fail(ErrorCode::unsupported, "a SCRAM message has an extension");
  if (!acts_for.empty() && acts_for != user_) {
    return fail(ErrorCode::unsupported, "acting for another user is not supported");
  }
  client_nonce_size_ = client_nonce.size();
  nonce_ = std::string(client_nonce) + nonce_;
  exists_ = users_->find(user_, credential_.hash) != nullptr;
  credential_ = users_->find_or_make_up(user_, credential_.hash);
  server_first_ =
      fmt::format("r={},s={},i={}", nonce_, to_base64(credential_.salt), credential_.iterations);
  step_ = Step::final;
  return server_first_;
}

// librdkafka before 2.6.1 repeats its own nonce twice (its issue 4895). The proof covers the message as it was sent, so
// accepting that weakens nothing.
std::string ScramServer::doubled_client_nonce() const {
  return nonce_.substr(0, client_nonce_size_) + nonce_;
}

Result<std::string> ScramServer::finish(std::string_view client_final) {
  if (std::exchange(step_, Step::failed) != Step::final) return malformed("came out of order");
  if (client_final.size() > scram_message_bytes_max) return malformed("is too long");
  std::string_view rest = client_final;
  TRY(const std::string_view binding, take_attribute(rest, 'c'));
  TRY(const std::string_view nonce, take_attribute(rest, 'r'));
  const std::size_t proof_at = client_final.size() - rest.size();
  TRY(const std::string_view proof_text, take_attribute(rest, 'p'));
  const auto proof = from_base64(proof_text);
  const ScramHash hash = credential_.hash;
  if (!rest.empty()) return fail(ErrorCode::unsupported, "a SCRAM message has an extension");
  if (binding != to_base64(as_bytes(header_))) return malformed("repeats another GS2 header");
  if (nonce != nonce_ && nonce != doubled_client_nonce()) return malformed("repeats another nonce");
  if (!proof || proof->size() != digest_bytes(hash)) return malformed("has no proof");

  const std::string without_proof(client_final.substr(0, proof_at - 1));
  const std::string signed_text =
      fmt::format("{},{},{}", client_first_bare_, server_first_, without_proof);
  const ByteString signature = hmac(hash, credential_.stored_key, as_bytes(signed_text));
  ByteString client_key(signature.size());
  std::ranges::transform(signature, *proof, client_key.begin(), std::bit_xor());
  if (!equal_in_constant_time(hash_of(hash, client_key), credential_.stored_key) || !exists_) {
    return fail(ErrorCode::unauthenticated, "no such user, or a wrong password");
  }
  step_ = Step::done;
  return "v=" + to_base64(hmac(hash, credential_.server_key, as_bytes(signed_text)));
}

}  // namespace koine::core
