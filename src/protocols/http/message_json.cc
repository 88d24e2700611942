#include "protocols/http/message_json.h"

#include <charconv>

#include "core/queues/properties.h"
#include "protocols/http/field_json.h"

namespace koine::http {

namespace {

void write_properties(JsonWriter& json, const core::Properties& properties) {
  const auto text = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) json.member(name, *value);
  };
  text("content_type", properties.content_type);
  text("content_encoding", properties.content_encoding);
  text("message_id", properties.message_id);
  text("correlation_id", properties.correlation_id);
  text("reply_to", properties.reply_to);
  text("type", properties.type);
  text("app_id", properties.app_id);
  text("user_id", properties.user_id);
  if (properties.priority) json.member("priority", *properties.priority);
  if (properties.expiration) {
    std::int64_t milliseconds = 0;
    const std::string& digits = *properties.expiration;
    std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds);
    json.member("expiration_ms", milliseconds);
  }
  if (properties.timestamp) json.member("timestamp_ms", *properties.timestamp * 1000);
  if (properties.headers) write_fields(json, header_names, *properties.headers);
}

}  // namespace

Outcome<> write_message(JsonWriter& json, const ShownMessage& shown, RecordJson& values) {
  const core::MessageView& view = shown.message;
  TRY(const core::Properties properties, core::decode_properties(view.properties));
  json.member("exchange", view.exchange).member("routing_key", view.routing_key);
  json.member("published_ms", view.published_ms);
  json.member("redelivered", shown.is_redelivered);
  json.member("failed_deliveries", shown.failed_deliveries);
  if (!view.is_persistent) json.member("persistent", false);
  write_properties(json, properties);
  std::string value;
  values.append_content(value, "value", view.body, properties.content_type.value_or(""),
                        properties.content_encoding.value_or(""));
  // A whole member, which takes a place as a value does.
  json.raw(value);
  return {};
}

Outcome<> write_message(JsonWriter& json, const core::GotMessage& message, RecordJson& values) {
  TRY(const core::MessageView view, core::decode_message(message.stored.view()));
  return write_message(json, {view, message.is_redelivered, message.failed_deliveries}, values);
}

}  // namespace koine::http
