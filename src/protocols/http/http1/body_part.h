// BodyPart: one part of a body that is made while it is sent, with what frames it (RFC 9112 7.1), on its way out.
//
//   5\r\n | hello | \r\n          and after the last: 0\r\n\r\n
//
// Used in one turn or across waits; refers to the buffer, from which it takes what is sent.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "io/stream.h"
#include "protocols/http/body.h"
#include "protocols/http/http1/writer.h"

namespace koine::http {

enum class IsLast : bool { no, yes };

class BodyPart {
 public:
  BodyPart(BodyBuffer& body, BodyEnd end, IsLast is_last);

  // Gives the stream what it takes at once. Errors: its own.
  Result<io::Moved> try_write(io::Stream& stream);
  bool is_sent() const { return before_ + body_.size() + tail_.size() == 0; }

 private:
  BodyBuffer& body_;
  std::array<char, 18> size_line_{};
  std::size_t size_line_end_ = 0;
  std::size_t before_ = 0;  // of the size line, not sent yet
  std::string_view tail_;   // what follows the data, not sent yet
};

}  // namespace koine::http
