#include "protocols/http/raw_record.h"

#include <string>

#include "protocols/http/cloud_event.h"
#include "protocols/http/percent.h"
#include "protocols/http/syntax.h"

namespace koine::http {

namespace {

// What Node's and many other clients take of fields, in all.
constexpr std::size_t fields_bytes_max = 16 * KiB;

// Those that HTTP has itself.
bool has_own_field(std::string_view name) {
  return name == "content-type" || name == "content-encoding" || name == "traceparent" ||
         name == "tracestate";
}

Response::Field field_of(const core::RecordHeader& header) {
  const std::string_view text = header.value ? as_text(*header.value) : std::string_view();
  if (has_own_field(header.key) && is_field_value(text)) {
    return {std::string(header.key), std::string(text)};
  }
  if (header.key.starts_with(event_header_prefix)) {
    std::string name = "ce-" + std::string(header.key.substr(event_header_prefix.size()));
    if (is_token(name)) return {std::move(name), percent_encoded(text)};
  }
  return {"Koine-Header-" + percent_encoded(header.key), percent_encoded(text)};
}

}  // namespace

Response raw_record(PartitionId partition, const core::Record& record) {
  Response response;
  response.with("Koine-Partition", std::to_string(partition.value()));
  response.with("Koine-Offset", std::to_string(record.offset.value()));
  response.with("Koine-Timestamp", std::to_string(record.timestamp));
  std::size_t bytes = 0;
  if (record.key) {
    response.with("Koine-Key", percent_encoded(as_text(*record.key)));
    bytes += response.headers.back().value.size();
  }
  std::size_t omitted = 0;
  bool has_type = false;
  for (const core::RecordHeader& header : record.headers) {
    Response::Field field = field_of(header);
    bytes += field.name.size() + field.value.size();
    const bool is_type = field.name == "content-type";
    // A field that must be there once is not sent twice.
    if (bytes > fields_bytes_max || (is_type && has_type)) {
      ++omitted;
      continue;
    }
    has_type = has_type || is_type;
    response.headers.push_back(std::move(field));
  }
  if (omitted > 0) response.with("Koine-Headers-Omitted", std::to_string(omitted));
  if (!has_type) response.with("Content-Type", "application/octet-stream");
  response.with("Content-Security-Policy", "sandbox").with("X-Content-Type-Options", "nosniff");
  if (record.value) {
    response.body = Bytes::copy_of(*record.value);
  } else {
    response.with("Koine-Null-Value", "true");
  }
  return response;
}

}  // namespace koine::http
