// FirstRequest: a request of HTTP/1.1 that asked for the upgrade to HTTP/2 (RFC 7540 3.2), and becomes stream 1 there.
#pragma once

#include <string>

#include "protocols/http/message.h"

namespace koine::http {

// What a client that knows that we speak HTTP/2 says first (RFC 9113 3.4), as far as it looks like a head of HTTP/1.1.
inline constexpr std::string_view http2_preface_head = "PRI * HTTP/2.0\r\n\r\n";

struct FirstRequest {
  std::string head;  // which the request's texts are views into
  Request request;
  std::string settings;  // HTTP2-Settings, decoded
};

}  // namespace koine::http
