#include "protocols/http/http1/head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/result.h"
#include "protocols/http/broker_options.h"
#include "protocols/http/syntax.h"

namespace koine::http {

namespace {

using Refusal = std::unexpected<Malformed>;

Refusal malformed(std::string_view sentence, Status status = Status::bad_request) {
  return Refusal({status, sentence});
}

// The line without its CRLF, which goes with it. The head was cut: there is one.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return line;
}

std::expected<std::uint64_t, Malformed> parse_length(std::string_view text) {
  // Digits only: from_chars would take no sign either, but stop where they end.
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() ||
      length > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return malformed("Content-Length is not one number");
  }
  return length;
}

class HeadParser {
 public:
  HeadParser(std::string_view head, Request& request) : rest_(head), request_(request) {}

  std::expected<Framing, Malformed> parse() {
    request_.clear();
    // RFC 9112 2.2: an empty line in front is passed over.
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(2);
    if (auto taken = take_request_line(take_line(rest_)); !taken) return Refusal(taken.error());
    while (rest_.size() > 2) {
      if (auto taken = take_field(take_line(rest_)); !taken) return Refusal(taken.error());
    }
    if (auto checked = check(); !checked) return Refusal(checked.error());
    return framing_;
  }

 private:
  using Taken = std::expected<void, Malformed>;

  Taken take_request_line(std::string_view line) {
    const std::size_t method_end = line.find(' ');
    const std::size_t target_end = line.rfind(' ');
    if (method_end == std::string_view::npos || target_end <= method_end) {
      return malformed("the request line is not METHOD TARGET VERSION");
    }
    const std::string_view method = line.substr(0, method_end);
    const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
    if (!is_token(method)) return malformed("the method is no token");
    if (target.size() > target_bytes_max) {
      return malformed("the target is longer than 8 KiB", Status::uri_too_long);
    }
    if (!is_target(target)) {
      return malformed("the target has a character that must be percent-encoded");
    }
    request_.method = method_of(method);
    if (auto taken = take_version(line.substr(target_end + 1)); !taken) return taken;
    return take_target(target);
  }

  Taken take_version(std::string_view version) {
    if (version == "HTTP/1.1") return {};
    if (version == "HTTP/1.0") {
      framing_.is_http10 = true;
      framing_.keeps_alive = false;
      return {};
    }
    if (version.starts_with("HTTP/") && version.size() == 8 && version[6] == '.') {
      return malformed("only HTTP/1.1, HTTP/1.0 and HTTP/2 are spoken here",
                       Status::version_not_supported);
    }
    return malformed("the request line does not end with a version");
  }

  Taken take_target(std::string_view target) {
    request_.target = target;
    if (target.starts_with("http://") || target.starts_with("https://")) {
      // Absolute form: its authority takes the place of Host (RFC 9112 3.2.2).
      target.remove_prefix(target.find("//") + 2);
      const std::size_t end = std::min(target.find_first_of("/?"), target.size());
      request_.authority = target.substr(0, end);
      if (request_.authority.empty() || !is_authority(request_.authority)) {
        return malformed("the target has no host");
      }
      is_absolute_ = true;
      target.remove_prefix(end);
      if (target.empty() || target.front() == '?') {
        request_.path = "/";
        request_.query = target.empty() ? target : target.substr(1);
        return {};
      }
    }
    const bool is_right_form = target.front() == '/' ||
                               (target == "*" && request_.method == Method::options) ||
                               request_.method == Method::connect;
    if (!is_right_form) return malformed("the target is neither a path nor a URL");
    const std::size_t question = target.find('?');
    request_.path = target.substr(0, question);
    request_.query =
        question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
    return {};
  }

  Taken take_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return malformed("a field has no colon");
    const std::string_view name = line.substr(0, colon);
    // A space before the colon or in front of the name, which would fold the line, is no token either (RFC 9112 5.1, 5.2).
    if (!is_token(name)) return malformed("a field's name is no token");
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) {
      value.remove_prefix(1);
    }
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    if (!is_field_value(value)) return malformed("a field's value has a control character");
    if (request_.headers.size() == header_count_max) {
      return malformed("more than 100 fields", Status::header_fields_too_large);
    }
    request_.headers.add(name, value);
    return take_known(name, value);
  }

  Taken take_known(std::string_view name, std::string_view value) {
    switch (name.size()) {
      case 4:
        if (equal_ignoring_case(name, "host")) return take_host(value);
        break;
      case 6:
        if (equal_ignoring_case(name, "expect")) return take_expect(value);
        break;
      case 7:
        if (equal_ignoring_case(name, "upgrade")) request_.upgrade = value;
        break;
      case 10: has_connection_ |= equal_ignoring_case(name, "connection"); break;
      case 14:
        if (equal_ignoring_case(name, "content-length")) return take_length(value);
        break;
      case 17:
        if (equal_ignoring_case(name, "transfer-encoding")) return take_encoding(value);
        break;
      default: break;
    }
    return {};
  }

  Taken take_host(std::string_view value) {
    if (has_host_) return malformed("Host comes twice");
    has_host_ = true;
    if (!is_authority(value)) return malformed("Host is no host");
    if (!is_absolute_) request_.authority = value;
    return {};
  }

  Taken take_expect(std::string_view value) {
    if (!equal_ignoring_case(value, "100-continue")) {
      return malformed("only 100-continue can be expected", Status::expectation_failed);
    }
    framing_.expects_continue = true;
    return {};
  }

  Taken take_length(std::string_view value) {
    if (has_length_) return malformed("Content-Length comes twice");
    has_length_ = true;
    const auto length = parse_length(value);
    if (!length) return Refusal(length.error());
    framing_.content_length = *length;
    return {};
  }

  Taken take_encoding(std::string_view value) {
    if (framing_.is_chunked) return malformed("Transfer-Encoding comes twice");
    if (!equal_ignoring_case(value, "chunked")) {
      return malformed("the only transfer encoding is chunked", Status::not_implemented);
    }
    framing_.is_chunked = true;
    return {};
  }

  Taken check() {
    if (!has_host_ && !framing_.is_http10) return malformed("Host is missing");
    // RFC 9112 6.1: who sends both, or chunks to somebody who may not know them, is attacking or broken.
    if (framing_.is_chunked && has_length_) {
      return malformed("both Content-Length and Transfer-Encoding");
    }
    if (framing_.is_chunked && framing_.is_http10) {
      return malformed("HTTP/1.0 has no Transfer-Encoding");
    }
    if (framing_.is_http10) framing_.expects_continue = false;
    if (has_connection_) {
      const Headers& headers = request_.headers;
      if (framing_.is_http10) framing_.keeps_alive = headers.has_token("connection", "keep-alive");
      if (headers.has_token("connection", "close")) framing_.keeps_alive = false;
    }
    if (!has_connection_ || !request_.headers.has_token("connection", "upgrade")) {
      request_.upgrade = {};
    }
    return {};
  }

  std::string_view rest_;
  Request& request_;
  Framing framing_;
  bool is_absolute_ = false;
  bool has_host_ = false;
  bool has_length_ = false;
  bool has_connection_ = false;
};

}  // namespace

std::expected<std::optional<std::size_t>, Malformed> find_head_end(std::string_view bytes,
                                                                   std::size_t& scanned) {
  // The lines up to `scanned` are whole, and not the last.
  const std::size_t first = bytes.starts_with("\r\n") ? 2 : 0;
  std::size_t line = std::max(scanned, first);
  while (line < bytes.size()) {
    const std::size_t end = bytes.find('\n', line);
    if (end == std::string_view::npos) break;
    if (end == line || bytes[end - 1] != '\r') return malformed("a line ends without CR");
    const std::size_t size = end + 1 - line;
    if (end + 1 > head_bytes_max) break;
    line = end + 1;
    scanned = line;
    if (size != 2) continue;
    if (line == first + 2) return malformed("more than one empty line before the request");
    return line;
  }
  if (bytes.size() > head_bytes_max) {
    // A target of that size is one that was too long.
    const bool has_request_line = bytes.substr(first, target_bytes_max).contains('\n');
    return has_request_line
               ? malformed("the fields are larger than 32 KiB", Status::header_fields_too_large)
               : malformed("the target is longer than 8 KiB", Status::uri_too_long);
  }
  return std::nullopt;
}

std::expected<Framing, Malformed> parse_head(std::string_view head, Request& request) {
  return HeadParser(head, request).parse();
}

}  // namespace koine::http
