#include "protocols/http/http1/writer.h"

#include <array>
#include <charconv>

namespace koine::http {

namespace {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void append_body_end(std::string& out, const ResponseHead& head) {
  if (!may_have_body(head.status)) return;
  if (head.body_end == BodyEnd::chunks) out += "Transfer-Encoding: chunked\r\n";
  if (head.body_end != BodyEnd::length) return;
  out += "Content-Length: ";
  append_number(out, head.content_length);
  out += "\r\n";
}

void append_connection(std::string& out, const ResponseHead& head) {
  if (head.status == Status::switching_protocols) return;
  if (!head.keeps_alive) {
    out += "Connection: close\r\n";
  } else if (head.is_http10) {
    out += "Connection: keep-alive\r\n";
  }
}

}  // namespace

void write_head(std::string& out, const ResponseHead& head, const Response& response,
                std::string_view date) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(head.status));
  out += ' ';
  out += phrase_of(head.status);
  out += "\r\n";
  append_field(out, "Date", date);
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  append_body_end(out, head);
  for (const Response::Field& field : response.headers) {
    append_field(out, field.name, field.value);
  }
  append_connection(out, head);
  out += "\r\n";
}

}  // namespace koine::http
