#include "protocols/http/http1/chunked.h"

#include <algorithm>

namespace koine::http {

namespace {

std::unexpected<Malformed> malformed(std::string_view sentence,
                                     Status status = Status::bad_request) {
  return std::unexpected<Malformed>({status, sentence});
}

int hexadecimal(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool is_in_line(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

}  // namespace

std::expected<std::size_t, Malformed> ChunkedDecoder::decode(ByteView bytes,
                                                             std::vector<std::byte>& body) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::done) {
    if (state_ == State::data) {
      const std::size_t size = std::min<std::uint64_t>(left_, bytes.size() - at);
      const ByteView part = bytes.subspan(at, size);
      body.insert(body.end(), part.begin(), part.end());
      at += size;
      left_ -= size;
      if (left_ == 0) state_ = State::data_cr;
      continue;
    }
    if (auto taken = take(static_cast<char>(bytes[at])); !taken) {
      return std::unexpected(taken.error());
    }
    ++at;
  }
  return at;
}

std::expected<void, Malformed> ChunkedDecoder::take(char character) {
  switch (state_) {
    case State::size: return take_size(character);
    case State::extension:
      if (character == '\r') {
        state_ = State::size_lf;
        return {};
      }
      if (!is_in_line(character)) return malformed("a chunk's extension has a control character");
      if (++line_size_ > chunk_line_bytes_max) return malformed("a chunk's line is too long");
      return {};
    case State::size_lf:
      if (character != '\n') return malformed("a chunk's size does not end with CRLF");
      state_ = left_ == 0 ? State::line : State::data;
      line_size_ = 0;
      has_digit_ = false;
      return {};
    case State::data_cr:
      if (character != '\r') return malformed("a chunk is longer than its size");
      state_ = State::data_lf;
      return {};
    case State::data_lf:
      if (character != '\n') return malformed("a chunk does not end with CRLF");
      state_ = State::size;
      return {};
    default: return take_trailer(character);
  }
}

std::expected<void, Malformed> ChunkedDecoder::take_size(char character) {
  const int digit = hexadecimal(character);
  if (digit >= 0) {
    if (++line_size_ > 16) return malformed("a chunk's size has more than 16 digits");
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    has_digit_ = true;
    return {};
  }
  if (!has_digit_) return malformed("a chunk has no size");
  if (character != '\r' && character != ';') return malformed("a chunk's size is not hexadecimal");
  if (left_ > body_bytes_max_ - body_size_) {
    return malformed("the body is too large", Status::content_too_large);
  }
  body_size_ += left_;
  state_ = character == ';' ? State::extension : State::size_lf;
  return {};
}

std::expected<void, Malformed> ChunkedDecoder::take_trailer(char character) {
  if (++trailer_size_ > trailer_bytes_max) {
    return malformed("the trailers are too large", Status::header_fields_too_large);
  }
  switch (state_) {
    case State::line:
      if (character == '\r') {
        state_ = State::end_lf;
        return {};
      }
      if (!is_in_line(character) || character == ' ' || character == '\t') {
        return malformed("a trailer is no field");
      }
      state_ = State::trailer;
      return {};
    case State::trailer:
      if (character == '\r') {
        state_ = State::trailer_lf;
        return {};
      }
      if (!is_in_line(character)) return malformed("a trailer has a control character");
      return {};
    default:
      if (character != '\n') return malformed("a trailer does not end with CRLF");
      state_ = state_ == State::end_lf ? State::done : State::line;
      return {};
  }
}

}  // namespace koine::http
