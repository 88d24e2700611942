#include "protocols/http/encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/crc32c.h"
#include "core/compression.h"

namespace koine::http {

namespace {

ByteView bytes_at_hand(const Body& body) {
  if (const auto* const text = std::get_if<std::string>(&body)) return as_bytes(*text);
  if (const auto* const bytes = std::get_if<Bytes>(&body)) return bytes->view();
  return {};
}

const Response::Field* find(const Response& response, std::string_view name) {
  const auto found = std::ranges::find_if(response.headers, [&](const Response::Field& field) {
    return equal_ignoring_case(field.name, name);
  });
  return found == response.headers.end() ? nullptr : &*found;
}

// Text of all kinds. Records as they are have their producers' compression, or none by choice.
bool is_compressible(std::string_view content_type) {
  return content_type.starts_with("text/") ? !content_type.starts_with("text/event-stream")
                                           : content_type.contains("json");
}

}  // namespace

std::string_view choose_encoding(std::string_view accept_encoding) {
  static constexpr std::array<std::string_view, 2> ours{"zstd", "gzip"};
  for (const std::string_view name : ours) {
    if (quality_in(accept_encoding, name) > 0) return name;
  }
  return {};
}

void encode_body(const Request& request, Response& response) {
  const ByteView body = bytes_at_hand(response.body);
  if (body.size() < encoded_bytes_min || body.size() > encoded_bytes_max ||
      !is_compressible(response.content_type) || find(response, "content-encoding") != nullptr) {
    return;
  }
  response.with("Vary", "Accept-Encoding");
  const std::string_view encoding =
      choose_encoding(request.headers.find("accept-encoding").value_or(""));
  if (encoding.empty()) return;
  const auto codec = encoding == "zstd" ? core::Compression::zstd : core::Compression::gzip;
  const auto encoded = core::compress(codec, body);
  if (!encoded || encoded->size() >= body.size()) return;
  response.body = std::string(as_text(*encoded));
  response.with("Content-Encoding", encoding);
}

std::string entity_tag_of(std::string_view body) {
  return fmt::format("\"{:08x}-{:x}\"", crc32c(as_bytes(body)), body.size());
}

void apply_conditions(const Request& request, Response& response) {
  if (response.status != Status::ok ||
      (request.method != Method::get && request.method != Method::head)) {
    return;
  }
  const Response::Field* const tag = find(response, "etag");
  const auto known = request.headers.find("if-none-match");
  if (tag == nullptr || !known) return;
  // Weak comparison (RFC 9110 13.1.2): what stands before the quotes does not count.
  if (*known != "*" && !known->contains(tag->value)) return;
  response.status = Status::not_modified;
  response.body = std::monostate();
  response.content_type = {};
}

}  // namespace koine::http
