#include "protocols/http/http1/body_part.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace koine::http {

BodyPart::BodyPart(BodyBuffer& body, BodyEnd end, IsLast is_last) : body_(body) {
  if (end != BodyEnd::chunks) return;
  if (body.empty()) {
    if (is_last == IsLast::yes) tail_ = "0\r\n\r\n";
    return;
  }
  char* const digits_end =
      std::to_chars(size_line_.data(), size_line_.data() + 16, body.size(), 16).ptr;
  digits_end[0] = '\r';
  digits_end[1] = '\n';
  size_line_end_ = static_cast<std::size_t>(digits_end + 2 - size_line_.data());
  before_ = size_line_end_;
  tail_ = is_last == IsLast::yes ? "\r\n0\r\n\r\n" : "\r\n";
}

Result<io::Moved> BodyPart::try_write(io::Stream& stream) {
  std::vector<ByteView> parts;
  parts.reserve(4);  // mostly the size, a text and its end
  if (before_ > 0) {
    parts.push_back(
        as_bytes(std::string_view(size_line_.data() + size_line_end_ - before_, before_)));
  }
  body_.view(parts);
  if (!tail_.empty()) parts.push_back(as_bytes(tail_));
  TRY(const io::Moved moved, stream.try_write(parts));
  std::size_t left = moved.bytes;
  const auto take = [&left](std::size_t available) {
    const std::size_t taken = std::min(left, available);
    left -= taken;
    return taken;
  };
  before_ -= take(before_);
  if (const std::size_t taken = take(body_.size()); taken > 0) body_.consume(taken);
  tail_.remove_prefix(take(tail_.size()));
  return moved;
}

}  // namespace koine::http
