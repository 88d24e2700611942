#include "protocols/http/message_draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/routing/delay_header.h"
#include "protocols/http/ascii_case.h"
#include "protocols/http/cloud_event.h"
#include "protocols/http/field_json.h"
#include "protocols/http/percent.h"
#include "protocols/http/value_json.h"

namespace koine::http {

namespace {

using core::Properties;

// Of expirations and delays, as AMQP takes them: 32 bits.
constexpr std::int64_t milliseconds_max = 0xFFFF'FFFF;
static_assert(milliseconds_max <= core::delay_ms_max);
constexpr std::int64_t priority_max = 255;
constexpr std::uint8_t persistent_delivery = 2;

struct TextProperty {
  std::string_view field;   // of a request
  std::string_view member;  // of JSON
  std::optional<std::string> Properties::* property;
};

constexpr auto text_properties = std::to_array<TextProperty>({
    {"content-type", "content_type", &Properties::content_type},
    {"content-encoding", "content_encoding", &Properties::content_encoding},
    {"koine-message-id", "message_id", &Properties::message_id},
    {"koine-correlation-id", "correlation_id", &Properties::correlation_id},
    {"koine-reply-to", "reply_to", &Properties::reply_to},
    {"koine-type", "type", &Properties::type},
    {"koine-app-id", "app_id", &Properties::app_id},
});

// Members and fields.
constexpr auto numbers = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"priority", "priority"},
    {"expiration_ms", "expiration-ms"},
    {"delay_ms", "delay-ms"},
});

// Of a message's header that is an attribute.
constexpr std::string_view event_message_prefix = "cloudEvents:";

// A name that is told from others without its case, as fields are: `prefix` is lower case.
std::optional<std::string_view> after_prefix(std::string_view name, std::string_view prefix) {
  if (name.size() <= prefix.size() || !starts_with_ignoring_case(name, prefix)) return std::nullopt;
  return name.substr(prefix.size());
}

Refused wrong(std::string_view place, std::string_view sentence) {
  return refuse(Status::bad_request, fmt::format("{}: {}", place, sentence));
}

Outcome<std::int64_t> number_of(std::string_view place, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return wrong(place, fmt::format("found '{}', expected a whole number", text));
}

}  // namespace

Outcome<MessageDraft> MessageDraft::from_request(const Request& request) {
  MessageDraft draft;
  draft.properties_.headers.emplace();
  for (const Header& field : request.headers) TRY(draft.take_field(field));
  draft.body_ = request.body.view();
  TRY(draft.check_event());
  TRY(draft.finish());
  return draft;
}

Outcome<MessageDraft> MessageDraft::from_event(const JsonValue& event) {
  MessageDraft draft;
  draft.properties_.headers.emplace();
  draft.properties_.content_type = std::string(event_type);
  TRY(draft.owned_body_, read_cloud_event(event));
  draft.owns_body_ = true;
  TRY(draft.finish());
  return draft;
}

// In either mode, and not in both.
Outcome<> MessageDraft::check_event() const {
  const bool is_structured =
      is_media_type(properties_.content_type.value_or(""), event_type) && !body_.empty();
  if (is_structured && is_event_) {
    return refuse(Status::bad_request,
                  "ce-* fields and an event in the body: expected one of them");
  }
  if (is_structured) {
    TRY(const JsonDocument document, JsonDocument::parse(body_));
    TRY(read_cloud_event(document.root()));
  }
  if (!is_event_) return {};
  for (const std::string_view attribute : required_attributes) {
    const core::FieldValue* const value = core::find_field(
        *properties_.headers, std::string(event_message_prefix) + std::string(attribute));
    if (value != nullptr && !value->as_text()->empty()) continue;
    return wrong(fmt::format("ce-{}", attribute), "is missing in this CloudEvent");
  }
  return {};
}

Outcome<> MessageDraft::take_field(const Header& field) {
  for (const TextProperty& each : text_properties) {
    if (!equal_ignoring_case(field.name, each.field)) continue;
    if (properties_.*each.property) return wrong(field.name, "comes twice");
    properties_.*each.property = std::string(field.value);
    return {};
  }
  for (const std::string_view name : {"traceparent", "tracestate"}) {
    if (equal_ignoring_case(field.name, name)) return take_header(name, field.value);
  }
  if (const auto attribute = after_prefix(field.name, "ce-")) {
    is_event_ = true;
    return take_header(std::string(event_message_prefix) + lower_case(*attribute), field.value);
  }
  if (const auto name = after_prefix(field.name, "koine-header-")) {
    return take_header(*name, field.value);
  }
  const auto own = after_prefix(field.name, "koine-");
  if (!own) return {};
  for (const auto& [member, name] : numbers) {
    if (!equal_ignoring_case(*own, name)) continue;
    TRY(const std::int64_t number, number_of(field.name, field.value));
    return set_number(field.name, name, number);
  }
  // Others mean something to the route, or are refused by it (koine_fields.h).
  return {};
}

Outcome<> MessageDraft::take_header(std::string_view name, std::string_view encoded) {
  auto value = percent_decoded(encoded);
  if (!value) return wrong(name, "a '%' without two hexadecimal digits after it");
  properties_.headers->push_back({std::string(name), core::FieldValue{std::move(*value)}});
  return {};
}

Outcome<> MessageDraft::set_number(std::string_view place, std::string_view name,
                                   std::int64_t number) {
  const bool is_priority = name == "priority";
  const std::int64_t max = is_priority ? priority_max : milliseconds_max;
  if (number < 0 || number > max) {
    return wrong(place, fmt::format("found {}, expected 0 to {}", number, max));
  }
  if (is_priority) {
    properties_.priority = static_cast<std::uint8_t>(number);
  } else if (name == "delay-ms") {
    delay_ms_ = number;
  } else {
    properties_.expiration = fmt::format("{}", number);
  }
  return {};
}

Outcome<MessageDraft> MessageDraft::from_json(JsonObject& fields) {
  MessageDraft draft;
  TRY(draft.properties_.headers, read_fields(fields, header_names));
  for (const TextProperty& each : text_properties) {
    TRY(const auto text, fields.optional<std::string_view>(each.member));
    if (text) draft.properties_.*each.property = std::string(*text);
  }
  for (const auto& [member, name] : numbers) {
    TRY(const auto number, fields.optional<std::int64_t>(member));
    if (number) TRY(draft.set_number(fmt::format("{}.{}", fields.place(), member), name, *number));
  }
  TRY(auto value, read_value(fields));
  draft.owned_body_ = std::move(value.bytes);
  draft.owns_body_ = true;
  if (value.is_json && !draft.properties_.content_type) {
    draft.properties_.content_type = "application/json";
  }
  TRY(draft.finish());
  return draft;
}

Outcome<MessageDraft> MessageDraft::from_encoded(ByteView properties, ByteView body,
                                                 std::int64_t delay_ms) {
  MessageDraft draft;
  if (!properties.empty()) {
    auto decoded = core::decode_properties(properties);
    if (!decoded) return wrong("properties", decoded.error().message());
    draft.properties_ = std::move(*decoded);
  }
  if (draft.properties_.delivery_mode.value_or(persistent_delivery) != persistent_delivery) {
    return wrong("properties.delivery_mode", "expected 2: what is acknowledged is durable");
  }
  if (draft.properties_.user_id) return wrong("properties.user_id", "is not taken here");
  TRY(draft.take_expiration());
  if (!draft.properties_.headers) draft.properties_.headers.emplace();
  draft.delay_ms_ = delay_ms;
  draft.body_ = body;
  TRY(draft.finish());
  return draft;
}

Outcome<> MessageDraft::take_expiration() {
  if (!properties_.expiration) return {};
  TRY(const std::int64_t milliseconds, number_of("properties.expiration", *properties_.expiration));
  return set_number("properties.expiration", "expiration-ms", milliseconds);
}

// RabbitMQ: sender-selected distribution. BCC does not stay with the message.
Outcome<> MessageDraft::take_copies() {
  core::FieldTable& headers = *properties_.headers;
  for (const std::string_view name : {"CC", "BCC"}) {
    const core::FieldValue* const value = core::find_field(headers, name);
    if (value == nullptr) continue;
    const auto* const keys = std::get_if<core::FieldArray>(&value->value);
    if (keys == nullptr) return wrong(name, "expected a list of routing keys");
    for (const core::FieldValue& key : *keys) {
      const std::string* const text = key.as_text();
      if (text == nullptr) return wrong(name, "expected a list of routing keys");
      more_keys_.push_back(*text);
    }
  }
  std::erase_if(headers, [](const core::Field& field) { return field.name == "BCC"; });
  return {};
}

Outcome<> MessageDraft::finish() {
  for (const TextProperty& each : text_properties) {
    const auto& text = properties_.*each.property;
    if (!text || text->size() <= core::message_name_size_max) continue;
    return wrong(each.member, fmt::format("{} bytes, expected at most {}", text->size(),
                                          core::message_name_size_max));
  }
  for (const core::Field& header : *properties_.headers) {
    if (header.name.size() <= core::message_name_size_max) continue;
    return wrong("headers", fmt::format("a name of {} bytes, expected at most {}",
                                        header.name.size(), core::message_name_size_max));
  }
  TRY(take_copies());
  properties_.delivery_mode = persistent_delivery;
  Properties written = properties_;
  if (written.headers->empty()) written.headers.reset();
  core::encode_properties(written, encoded_);
  return {};
}

core::MessageView MessageDraft::message(std::string_view exchange, std::string_view routing_key,
                                        WallTimeMs now_ms) const {
  core::MessageView message{.exchange = exchange,
                            .routing_key = routing_key,
                            .properties = encoded_,
                            .body = owns_body_ ? as_bytes(owned_body_) : body_,
                            .published_ms = now_ms,
                            .priority = properties_.priority.value_or(0),
                            .is_persistent = true};
  if (properties_.expiration) {
    std::int64_t expiration_ms = 0;
    std::from_chars(properties_.expiration->data(),
                    properties_.expiration->data() + properties_.expiration->size(), expiration_ms);
    message.expires_ms = now_ms + expiration_ms;
  }
  return message;
}

}  // namespace koine::http
