#include "protocols/http/record_draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/scram.h"
#include "protocols/http/ascii_case.h"
#include "protocols/http/cloud_event.h"
#include "protocols/http/percent.h"
#include "protocols/http/record_json.h"

namespace koine::http {

namespace {

constexpr std::string_view koine_prefix = "koine-";
constexpr std::string_view header_prefix = "koine-header-";
constexpr std::string_view event_prefix = "ce-";

bool starts_with(std::string_view name, std::string_view prefix) {
  return name.size() > prefix.size() && starts_with_ignoring_case(name, prefix);
}

Refused wrong(std::string_view name, std::string_view what) {
  return refuse(Status::bad_request, fmt::format("{}: {}", name, what));
}

Outcome<std::int64_t> read_number(std::string_view name, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) {
    return wrong(name, fmt::format("found '{}', expected a whole number from 0 on", text));
  }
  return number;
}

}  // namespace

std::size_t RecordDraft::size() const {
  // Lengths, deltas, attributes and counts at their longest.
  std::size_t size = 32 + (key_ ? key_->size() : 0) + (value_ ? value_->size() : 0);
  for (const core::RecordHeader& header : headers_) {
    size += 10 + header.key.size() + (header.value ? header.value->size() : 0);
  }
  return size;
}

Outcome<RecordDraft> RecordDraft::from_request(const Request& request) {
  RecordDraft draft;
  for (const Header& field : request.headers) TRY(draft.take_field(field));
  draft.value_ = request.body.view();
  if (draft.is_event_) {
    TRY(draft.check_event(!request.body.empty()));
    // An event without data is a tombstone (Kafka binding 3.2.1).
    if (request.body.empty()) draft.value_ = std::nullopt;
  }
  return draft;
}

// Most fields are the client's own and begin with another letter.
Outcome<> RecordDraft::take_field(const Header& field) {
  const std::string_view name = field.name;
  switch (name.empty() ? '\0' : name.front() | 0x20) {
    case 'c':
      if (equal_ignoring_case(name, "content-type")) {
        add("content-type", as_bytes(field.value));
      } else if (equal_ignoring_case(name, "content-encoding")) {
        add("content-encoding", as_bytes(field.value));
      } else if (starts_with(name, event_prefix)) {
        TRY(const ByteView value, decoded(name, field.value));
        add(as_text(own("ce_" + lower_case(name.substr(event_prefix.size())))), value);
        is_event_ = true;
      }
      return {};
    case 't':
      if (equal_ignoring_case(name, "traceparent")) add("traceparent", as_bytes(field.value));
      if (equal_ignoring_case(name, "tracestate")) add("tracestate", as_bytes(field.value));
      return {};
    case 'k':
      if (starts_with(name, koine_prefix)) return take_koine_field(name, field.value);
      return {};
    default: return {};
  }
}

Outcome<> RecordDraft::take_koine_field(std::string_view name, std::string_view value) {
  if (starts_with(name, header_prefix)) {
    TRY(const ByteView text, decoded(name, value));
    const auto header = percent_decoded(lower_case(name.substr(header_prefix.size())));
    if (!header) return wrong(name, "has a '%' without two hexadecimal digits after it");
    add(as_text(own(*header)), text);
  } else if (equal_ignoring_case(name, "koine-key")) {
    TRY(const ByteView key, decoded(name, value));
    return set_key(key);
  } else if (equal_ignoring_case(name, "koine-key-base64")) {
    TRY(const ByteView key, from_base64(std::string(name), value));
    return set_key(key);
  } else if (equal_ignoring_case(name, "koine-partition")) {
    TRY(partition_, read_number(name, value));
  } else if (equal_ignoring_case(name, "koine-timestamp")) {
    TRY(timestamp_ms_, read_number(name, value));
  }
  // Others are refused by the route (koine_fields.h).
  return {};
}

Outcome<> RecordDraft::set_key(ByteView key) {
  if (key_) return refuse(Status::bad_request, "Koine-Key: there is a key already");
  key_ = key;
  return {};
}

Outcome<ByteView> RecordDraft::decoded(std::string_view name, std::string_view value) {
  if (!value.contains('%')) return as_bytes(value);
  auto text = percent_decoded(value);
  if (!text) return wrong(name, "has a '%' without two hexadecimal digits after it");
  return own(std::move(*text));
}

Outcome<> RecordDraft::check_event(bool has_body) const {
  for (const std::string_view attribute : required_attributes) {
    const bool is_there = std::ranges::any_of(headers_, [&](const core::RecordHeader& header) {
      return header.key.starts_with("ce_") && header.key.substr(3) == attribute &&
             !header.value->empty();
    });
    if (!is_there) return wrong(fmt::format("ce-{}", attribute), "is missing in this CloudEvent");
  }
  const bool is_structured = std::ranges::any_of(headers_, [](const core::RecordHeader& header) {
    return header.key == "content-type" &&
           starts_with(as_text(*header.value), "application/cloudevents");
  });
  if (is_structured && has_body) {
    return refuse(Status::bad_request,
                  "ce-* fields and an event in the body: expected one of them");
  }
  return {};
}

Outcome<ByteView> RecordDraft::from_base64(const std::string& place, std::string_view text) {
  const auto bytes = core::from_base64(text);
  if (!bytes) return wrong(place, "is not base64 (RFC 4648 4)");
  return own(std::string(as_text(*bytes)));
}

Outcome<RecordDraft> RecordDraft::from_json(JsonObject& fields) {
  RecordDraft draft;
  TRY(draft.take_key(fields));
  TRY(draft.take_headers(fields, "headers", Form::text));
  TRY(draft.take_headers(fields, "headers_base64", Form::base64));
  TRY(draft.take_value(fields));
  TRY(draft.partition_, fields.optional<std::int64_t>("partition"));
  TRY(draft.timestamp_ms_, fields.optional<std::int64_t>("timestamp_ms"));
  if (draft.timestamp_ms_.value_or(0) < 0) {
    return wrong(fields.place() + ".timestamp_ms", "expected a whole number from 0 on");
  }
  return draft;
}

Outcome<> RecordDraft::take_key(JsonObject& fields) {
  TRY(const auto text, fields.optional<std::string_view>("key"));
  TRY(const auto encoded, fields.optional<std::string_view>("key_base64"));
  if (text && encoded) {
    return wrong(fields.place() + ".key_base64", "there is also a key; expected one of them");
  }
  if (text) key_ = as_bytes(*text);
  if (encoded) {
    TRY(key_, from_base64(fields.place() + ".key_base64", *encoded));
  }
  return {};
}

Outcome<> RecordDraft::take_value(JsonObject& fields) {
  TRY(const auto value, fields.optional<JsonValue>("value"));
  TRY(const auto encoded, fields.optional<std::string_view>("value_base64"));
  if (value && encoded) {
    return wrong(fields.place() + ".value_base64", "there is also a value; expected one of them");
  }
  if (encoded) {
    TRY(value_, from_base64(fields.place() + ".value_base64", *encoded));
  }
  if (!value) return {};
  const std::string_view type = header_text(headers_, "content-type");
  if (value->kind() == JsonValue::Kind::text && !is_json_type(type)) {
    TRY(const std::string_view text, value->as_text());
    value_ = as_bytes(text);
    return {};
  }
  value_ = own(value->to_json());
  if (type.empty()) add("content-type", as_bytes("application/json"));
  return {};
}

Outcome<> RecordDraft::take_headers(JsonObject& fields, std::string_view name, Form form) {
  TRY(const auto headers, fields.optional<JsonObject>(name));
  if (!headers) return {};
  for (const auto& [header, value] : headers->fields()) {
    if (value.kind() != JsonValue::Kind::array) {
      TRY(take_header(header, value, form));
      continue;
    }
    TRY(const JsonArray values, value.as_array());
    for (const JsonValue& each : values) TRY(take_header(header, each, form));
  }
  return {};
}

Outcome<> RecordDraft::take_header(std::string_view name, const JsonValue& value, Form form) {
  if (value.is_null()) {
    headers_.push_back({name, std::nullopt});
    return {};
  }
  TRY(const std::string_view text, value.as_text());
  if (form == Form::text) {
    add(name, as_bytes(text));
    return {};
  }
  TRY(const ByteView bytes, from_base64(value.place(), text));
  add(name, bytes);
  return {};
}

RecordDraft RecordDraft::from_parts(Parts parts) {
  RecordDraft draft;
  draft.key_ = parts.key;
  draft.value_ = parts.value;
  draft.headers_ = std::move(parts.headers);
  draft.partition_ = parts.partition;
  draft.timestamp_ms_ = parts.timestamp_ms;
  return draft;
}

Outcome<RecordDraft> RecordDraft::from_event(const JsonValue& event) {
  RecordDraft draft;
  TRY(std::string text, read_cloud_event(event));
  draft.value_ = draft.own(std::move(text));
  draft.add("content-type", as_bytes(event_type));
  return draft;
}

}  // namespace koine::http
