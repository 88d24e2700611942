// Writes the heads of HTTP/1.1 responses, and whole small ones. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocols/http/message.h"

namespace koine::http {

// How the end of a response's body is known.
enum class BodyEnd : std::uint8_t { length, chunks, close };

struct ResponseHead {
  Status status = Status::ok;
  bool keeps_alive = true;
  bool is_http10 = false;
  BodyEnd body_end = BodyEnd::length;
  std::uint64_t content_length = 0;  // of BodyEnd::length; not sent where there can be none
};

void write_head(std::string& out, const ResponseHead& head, const Response& response,
                std::string_view date);

}  // namespace koine::http
