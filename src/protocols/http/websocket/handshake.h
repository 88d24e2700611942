// The opening of a WebSocket (RFC 6455 4.2; over HTTP/2 RFC 8441): what a client asks for, and what it gets.
#pragma once

#include <string>
#include <vector>

#include "protocols/http/broker_options.h"
#include "protocols/http/message.h"
#include "protocols/http/problem.h"
#include "protocols/http/websocket/websocket.h"

namespace koine::http {

inline constexpr std::string_view json_subprotocol = "koine.json.v1";
inline constexpr std::string_view binary_subprotocol = "koine.binary.v1";

struct Handshake {
  WebSocket::Compression compression = WebSocket::Compression::no;
  WebSocket::Form form = WebSocket::Form::json;
  std::vector<Response::Field> fields;
};

// Problems: bad_request: not a handshake, or none of our subprotocols; 426: another version; forbidden: a page of another origin
// that is not in http.cors_origins asks, and browsers ask nobody else.
Outcome<Handshake> shake_hands(const BrokerOptions& options, const Request& request);

// Sec-WebSocket-Accept for this Sec-WebSocket-Key.
std::string accept_of(std::string_view key);

}  // namespace koine::http
