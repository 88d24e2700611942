#include "protocols/http/streams/event_text.h"

#include <algorithm>

#include "base/base64.h"
#include "protocols/http/record_json.h"
#include "protocols/http/utf8.h"

namespace koine::http {

void append_data_lines(std::string& out, std::string_view text) {
  // Looked for again only behind itself: each of the two passes over the text once.
  std::size_t feed = text.find('\n');
  std::size_t carriage = text.find('\r');
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(feed, carriage);
    out += "data: ";
    out += text.substr(begin, end == std::string_view::npos ? end : end - begin);
    out += '\n';
    if (end == std::string_view::npos) return;
    begin = end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
    if (feed < begin) feed = text.find('\n', begin);
    if (carriage < begin) carriage = text.find('\r', begin);
  }
}

void append_value_event(std::string& out, const core::Record& record) {
  if (!record.value) {
    out += "event: null\ndata:\n\n";
    return;
  }
  const std::string_view text = as_text(*record.value);
  if (is_utf8(text)) {
    append_data_lines(out, text);
  } else {
    out += "event: base64\n";
    out += "data: ";
    append_base64(out, *record.value);
    out += '\n';
  }
  out += '\n';
}

void append_type_line(std::string& out, const core::Record& record, std::string_view header) {
  const std::string_view type = header_text(record.headers, header);
  if (type.empty() || type.find_first_of("\r\n") != std::string_view::npos || !is_utf8(type))
    return;
  out += "event: ";
  out += type;
  out += '\n';
}

}  // namespace koine::http
