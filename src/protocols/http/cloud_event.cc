#include "protocols/http/cloud_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/message_record.h"
#include "protocols/http/utf8.h"

namespace koine::http {

namespace {

// CloudEvents 1.0, "Naming conventions".
bool is_attribute_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
  });
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  append_json_string(out, name);
  out += ':';
  append_json_string(out, text);
}

}  // namespace

bool append_cloud_event(std::string& out, const core::Record& record, RecordJson& json) {
  const std::string_view type = header_text(record.headers, "content-type");
  if (is_media_type(type, event_type)) {
    const std::size_t begin = out.size();
    json.append_value(out, record);
    return out[begin] == '{';
  }
  if (header_text(record.headers, "ce_specversion").empty()) return false;
  out += '{';
  bool is_first = true;
  for (const core::RecordHeader& header : record.headers) {
    if (!header.key.starts_with(event_header_prefix) || !header.value) continue;
    const std::string_view name = header.key.substr(event_header_prefix.size());
    const std::string_view text = as_text(*header.value);
    // Of those that come twice the first counts.
    const bool is_known = header_text(record.headers, header.key).data() != text.data();
    if (!is_attribute_name(name) || !is_utf8(text) || is_known) continue;
    if (!is_first) out += ',';
    is_first = false;
    append_member(out, name, text);
  }
  if (!type.empty() && is_utf8(type)) {
    out += ',';
    append_member(out, "datacontenttype", type);
  }
  if (record.value) {
    out += ',';
    json.append_content(out, "data", record.value, type,
                        header_text(record.headers, "content-encoding"));
  }
  out += '}';
  return true;
}

bool append_cloud_event(std::string& out, const core::MessageView& message, RecordJson& json,
                        std::string_view lease) {
  core::RecordOfMessage translated;
  const auto made = translated.make(message);
  if (!made) return false;
  const core::Record record{.offset = Offset{0},
                            .timestamp = made->timestamp,
                            .key = made->key,
                            .value = made->value,
                            .headers = {made->headers.begin(), made->headers.end()}};
  if (!append_cloud_event(out, record, json)) return false;
  if (lease.empty()) return true;
  out.pop_back();
  out += ',';
  append_member(out, "koinelease", lease);
  out += '}';
  return true;
}

Outcome<std::string> read_cloud_event(const JsonValue& event) {
  TRY(JsonObject attributes, event.as_object());
  for (const std::string_view attribute : required_attributes) {
    TRY(const std::string_view text, attributes.required<std::string_view>(attribute));
    if (text.empty()) {
      return refuse(Status::bad_request, fmt::format("{}.{}: is empty", event.place(), attribute));
    }
  }
  return event.to_json();
}

}  // namespace koine::http
