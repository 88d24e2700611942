#include "protocols/http/websocket/handshake.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "core/scram.h"
#include "protocols/http/websocket/deflate.h"

namespace koine::http {

namespace {

constexpr std::string_view accept_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
// 16 bytes in base64.
constexpr std::size_t key_size = 24;

// A browser sends it, and a page can't change it. The same origin is the one that the page came from.
bool is_origin_allowed(const BrokerOptions& options, const Request& request) {
  const auto origin = request.header("origin");
  if (!origin) return true;
  if (const std::size_t host = origin->find("://"); host != std::string_view::npos) {
    if (equal_ignoring_case(origin->substr(host + 3), request.authority)) return true;
  }
  return std::ranges::any_of(options.cors_origins, [&](const std::string& allowed) {
    return allowed == "*" || allowed == *origin;
  });
}

Outcome<> check_version(const Request& request) {
  const auto version = request.header("sec-websocket-version");
  if (version == "13") return {};
  return refuse(Status::upgrade_required,
                fmt::format("Sec-WebSocket-Version: found '{}', expected 13", version.value_or("")))
      .with_header("Sec-WebSocket-Version", "13");
}

// Of both the binary one.
Outcome<> choose_subprotocol(const Request& request, Handshake& handshake) {
  constexpr std::string_view field = "sec-websocket-protocol";
  if (!request.headers.has(field)) return {};
  std::string_view chosen = json_subprotocol;
  if (request.headers.has_token(field, binary_subprotocol)) {
    chosen = binary_subprotocol;
    handshake.form = WebSocket::Form::binary;
  } else if (!request.headers.has_token(field, json_subprotocol)) {
    return refuse(Status::bad_request,
                  fmt::format("Sec-WebSocket-Protocol: found '{}', expected {} or {}",
                              *request.header(field), json_subprotocol, binary_subprotocol));
  }
  handshake.fields.push_back({"Sec-WebSocket-Protocol", std::string(chosen)});
  return {};
}

}  // namespace

std::string accept_of(std::string_view key) {
  const std::string text = std::string(key) + std::string(accept_suffix);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  const ByteView bytes = as_bytes(text);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes.
  SHA1(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return core::to_base64(std::as_bytes(std::span(digest)));
}

Outcome<Handshake> shake_hands(const BrokerOptions& options, const Request& request) {
  if (!equal_ignoring_case(request.upgrade, "websocket")) {
    return refuse(Status::upgrade_required, "this is for WebSocket only")
        .with_header("Upgrade", "websocket");
  }
  TRY(check_version(request));
  if (!is_origin_allowed(options, request)) {
    return refuse(Status::forbidden,
                  fmt::format("origin {} is not in http.cors_origins", *request.header("origin")));
  }
  Handshake handshake;
  if (!request.is_http2) {
    const auto key = request.header("sec-websocket-key");
    if (!key || key->size() != key_size) {
      return refuse(Status::bad_request, "Sec-WebSocket-Key: expected 16 bytes in base64");
    }
    handshake.fields.push_back({"Sec-WebSocket-Accept", accept_of(*key)});
  }
  TRY(choose_subprotocol(request, handshake));
  for (const Header& field : request.headers) {
    if (!equal_ignoring_case(field.name, "sec-websocket-extensions")) continue;
    auto accepted = accept_deflate(field.value);
    if (!accepted) continue;
    handshake.compression = WebSocket::Compression::yes;
    handshake.fields.push_back({"Sec-WebSocket-Extensions", std::move(*accepted)});
    break;
  }
  return handshake;
}

}  // namespace koine::http
