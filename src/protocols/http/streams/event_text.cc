#include "protocols/http/streams/event_text.h"

#include <simdjson.h>

#include <algorithm>

#include "core/scram.h"
#include "protocols/http/record_json.h"

namespace koine::http {

namespace {

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace

void append_data_lines(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t end = text.find_first_of("\r\n");
    out += "data: ";
    out += text.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) return;
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
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
    append_data_lines(out, core::to_base64(*record.value));
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
