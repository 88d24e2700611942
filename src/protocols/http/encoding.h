// Content encodings of responses (RFC 9110 8.4): bodies at hand are compressed where the client takes it and it helps; what is made
// while it is sent is not, since it would arrive late. And what a client has already is not sent again (ETag, RFC 9110 13).
#pragma once

#include <string_view>

#include "protocols/http/message.h"

namespace koine::http {

// Below, a compressed body saves no packet; above, compressing would hold up the shard.
inline constexpr std::size_t encoded_bytes_min = 1 * KiB;
inline constexpr std::size_t encoded_bytes_max = 1 * MiB;

// "zstd", "gzip", or empty: as it is.
std::string_view choose_encoding(std::string_view accept_encoding);

void encode_body(const Request& request, Response& response);

// An ETag for these bytes.
std::string entity_tag_of(std::string_view body);

// 304 if the response has the ETag that If-None-Match names.
void apply_conditions(const Request& request, Response& response);

}  // namespace koine::http
