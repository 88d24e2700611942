// The head of an HTTP/1.1 request (RFC 9112), cut and parsed strictly: what two servers could read differently is refused, so that
// nothing can be smuggled past a proxy. Pure.
//
//   POST /v1/topics/orders/records HTTP/1.1 CRLF        request line
//   Host: localhost CRLF  Content-Length: 3 CRLF        fields
//   CRLF                                                end
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "protocols/http/message.h"

namespace koine::http {

// The request can't be understood: the answer is this, and then the connection is closed.
struct Malformed {
  Status status = Status::bad_request;
  std::string_view sentence;
};

// How the body of a request is delimited, and what becomes of the connection.
struct Framing {
  std::uint64_t content_length = 0;
  bool is_chunked = false;
  bool expects_continue = false;
  bool is_http10 = false;
  bool keeps_alive = true;

  bool has_body() const { return is_chunked || content_length > 0; }
};

// Where the next head ends, its last CRLF included; none: more bytes are needed. `scanned` remembers how far it looked, so that a
// head that comes byte by byte is looked at once; it is 0 for a new head. Malformed also: longer than head_bytes_max.
std::expected<std::optional<std::size_t>, Malformed> find_head_end(std::string_view bytes,
                                                                   std::size_t& scanned);

// Fills the request, but not its arguments and its body; its texts are views into `head`, which find_head_end has cut.
std::expected<Framing, Malformed> parse_head(std::string_view head, Request& request);

}  // namespace koine::http
