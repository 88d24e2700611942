// ChunkedDecoder: takes the chunks of a body apart (RFC 9112 7.1), strictly. Pure and incremental.
//
//   5;ext=1 CRLF  hello CRLF  0 CRLF  Trailer: x CRLF  CRLF
//
// Extensions and trailers are read and dropped; they are bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

#include "base/bytes.h"
#include "protocols/http/http1/head.h"

namespace koine::http {

// Of the lines that are not data: sizes with their extensions, trailers. A chunk of a byte costs five.
inline constexpr std::size_t chunk_line_bytes_max = 256;
inline constexpr std::size_t trailer_bytes_max = 8 * KiB;

class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  // Takes what it can of `bytes` and appends the data to `body`; returns how much it took: all, unless the body ended before.
  // Malformed also: more than body_bytes_max (content_too_large).
  std::expected<std::size_t, Malformed> decode(ByteView bytes, std::vector<std::byte>& body);
  bool is_done() const { return state_ == State::done; }

 private:
  enum class State : std::uint8_t {
    size,       // hexadecimal digits
    extension,  // up to CR
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,     // within a line that is not empty
    trailer_lf,  // after its CR
    line,        // at the start of a trailer line
    end_lf,
    done,
  };

  std::expected<void, Malformed> take(char character);
  std::expected<void, Malformed> take_size(char character);
  std::expected<void, Malformed> take_trailer(char character);

  std::size_t body_bytes_max_;
  std::size_t body_size_ = 0;
  State state_ = State::size;
  std::uint64_t left_ = 0;  // of the chunk
  std::size_t line_size_ = 0;
  std::size_t trailer_size_ = 0;
  bool has_digit_ = false;
};

}  // namespace koine::http
