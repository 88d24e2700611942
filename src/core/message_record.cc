#include "core/message_record.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ranges>
#include <utility>

#include "base/text.h"
#include "core/queues/field_text.h"

namespace koine::core {
namespace {

constexpr std::string_view ce_of_records = "ce_";
constexpr std::string_view ce_of_messages = "cloudEvents:";
// What its AMQP binding allows besides, and clients write that can't have the colon.
constexpr std::string_view ce_of_messages_too = "cloudEvents_";
// A longer time to live would overflow the clock; what AMQP's publishers may say is less.
constexpr std::int64_t expiration_ms_max = 0xFFFF'FFFF;

using TextMember = std::optional<std::string> Properties::*;
struct TextProperty {
  std::string_view name;
  TextMember member;
};
constexpr std::array text_properties = {
    TextProperty{"content-type", &Properties::content_type},
    TextProperty{"content-encoding", &Properties::content_encoding},
    TextProperty{"correlation-id", &Properties::correlation_id},
    TextProperty{"reply-to", &Properties::reply_to},
    TextProperty{"message-id", &Properties::message_id},
    TextProperty{"type", &Properties::type},
    TextProperty{"user-id", &Properties::user_id},
    TextProperty{"app-id", &Properties::app_id},
    TextProperty{"cluster-id", &Properties::cluster_id},
    TextProperty{"expiration", &Properties::expiration}};
using OctetMember = std::optional<std::uint8_t> Properties::*;
struct OctetProperty {
  std::string_view name;
  OctetMember member;
};
constexpr std::array octet_properties = {OctetProperty{"delivery-mode", &Properties::delivery_mode},
                                         OctetProperty{"priority", &Properties::priority}};
constexpr std::string_view timestamp_name = "timestamp";

bool is_property_name(std::string_view name) {
  return name == timestamp_name ||
         std::ranges::find(text_properties, name, &TextProperty::name) != text_properties.end() ||
         std::ranges::find(octet_properties, name, &OctetProperty::name) != octet_properties.end();
}

template <typename T>
std::optional<T> number_of(std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || parsed != end) return std::nullopt;
  return number;
}

bool is_expiration(std::string_view text) {
  const auto milliseconds = number_of<std::int64_t>(text);
  return milliseconds && *milliseconds >= 0 && *milliseconds <= expiration_ms_max;
}

// False: it does not fit, or there is one already.
bool take_property(Properties& properties, std::string_view name, std::string_view value) {
  for (const TextProperty& property : text_properties) {
    if (property.name != name) continue;
    auto& member = properties.*property.member;
    if (member || value.size() > message_name_size_max) return false;
    if (property.member == &Properties::expiration && !is_expiration(value)) return false;
    member.emplace(value);
    return true;
  }
  for (const OctetProperty& property : octet_properties) {
    if (property.name != name) continue;
    auto& member = properties.*property.member;
    const auto number = number_of<std::uint8_t>(value);
    if (member || !number) return false;
    member = number;
    return true;
  }
  if (name != timestamp_name || properties.timestamp) return false;
  properties.timestamp = number_of<std::uint64_t>(value);
  return properties.timestamp.has_value();
}

std::string message_name_of(std::string_view record_name) {
  if (!record_name.starts_with(ce_of_records)) return std::string(record_name);
  return std::string(ce_of_messages) + std::string(record_name.substr(ce_of_records.size()));
}

std::string record_name_of(std::string_view message_name) {
  static_assert(ce_of_messages.size() == ce_of_messages_too.size());
  const bool is_attribute =
      message_name.starts_with(ce_of_messages) || message_name.starts_with(ce_of_messages_too);
  if (!is_attribute) return std::string(message_name);
  return std::string(ce_of_records) + std::string(message_name.substr(ce_of_messages.size()));
}

// CloudEvents: times are RFC 3339 in every binding.
std::string record_text_of(std::string_view record_name, const FieldValue& value) {
  const auto* const time = std::get_if<Timestamp>(&value.value);
  if (time == nullptr || !record_name.starts_with(ce_of_records)) return text_of(value);
  constexpr std::uint64_t end_of_year_9999 = 253'402'300'799;
  const auto seconds = static_cast<std::time_t>(std::min(time->seconds, end_of_year_9999));
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

// The text alone gives it back.
bool is_plain(const Field& field) {
  if (field.value.as_text() == nullptr) return false;
  return !is_property_name(field.name) && field.name != typed_headers_name &&
         !field.name.starts_with(ce_of_records) && !field.name.starts_with(ce_of_messages_too);
}

bool is_routing_key(std::string_view key) {
  return !key.empty() && key.size() <= message_name_size_max && is_utf8(key);
}

const std::string* bytes_of(const FieldValue& value) {
  if (const auto* bytes = std::get_if<ByteArray>(&value.value)) return &bytes->bytes;
  return value.as_text();
}

// The header that has the table, which is the last of its name; null: there is none.
const RecordHeader* take_typed(const Record& record, FieldTable& typed) {
  const auto reversed = record.headers | std::views::reverse;
  const auto found = std::ranges::find(reversed, typed_headers_name, &RecordHeader::key);
  if (found == reversed.end() || !found->value) return nullptr;
  auto decoded = decode_field_table(*found->value);
  if (!decoded) return nullptr;
  typed = std::move(*decoded);
  return &*found;
}

bool is_true(const FieldValue* value) {
  const bool* flag = value != nullptr ? std::get_if<bool>(&value->value) : nullptr;
  return flag != nullptr && *flag;
}

}  // namespace

void RecordOfMessage::add(std::string_view name, std::string value) {
  texts_.push_back(std::move(value));
  headers_.push_back({name, as_bytes(texts_.back())});
}

void RecordOfMessage::add_properties() {
  for (const TextProperty& property : text_properties) {
    const auto& value = properties_.*property.member;
    if (value) headers_.push_back({property.name, as_bytes(*value)});
  }
  for (const OctetProperty& property : octet_properties) {
    const auto& value = properties_.*property.member;
    if (value) add(property.name, std::to_string(*value));
  }
  if (properties_.timestamp) add(timestamp_name, std::to_string(*properties_.timestamp));
}

void RecordOfMessage::add_headers(const FieldTable& headers) {
  FieldTable typed;
  for (const Field& field : headers) {
    if (field.name == record_key_header && bytes_of(field.value) != nullptr) {
      key_ = *bytes_of(field.value);
      has_key_ = true;
      continue;
    }
    if (field.name == null_value_header && is_true(&field.value)) {
      has_value_ = false;
      continue;
    }
    texts_.push_back(record_name_of(field.name));
    const std::string_view name = texts_.back();
    if (!is_plain(field)) typed.push_back(field);
    if (const std::string* text = field.value.as_text()) {
      headers_.push_back({name, as_bytes(*text)});
    } else if (std::holds_alternative<std::monostate>(field.value.value)) {
      headers_.push_back({name, std::nullopt});
    } else {
      add(name, record_text_of(name, field.value));
    }
  }
  if (typed.empty()) return;
  std::vector<std::byte> encoded;
  encode_field_table(typed, encoded);
  add(typed_headers_name, std::string(as_text(encoded)));
}

Result<NewRecord> RecordOfMessage::make(const MessageView& message) {
  headers_.clear();
  texts_.clear();
  has_key_ = !message.routing_key.empty();
  key_ = message.routing_key;
  has_value_ = true;
  TRY(properties_, decode_properties(message.properties));
  add_properties();
  if (properties_.headers) add_headers(*properties_.headers);
  NewRecord record{.timestamp = message.published_ms, .key = {}, .value = {}, .headers = headers_};
  if (has_key_) record.key = as_bytes(key_);
  if (has_value_ || !message.body.empty()) record.value = message.body;
  return record;
}

std::optional<std::string> record_key_of(const MessageView& message) {
  const auto summary = summarize_properties(message.properties);
  if (summary && as_text(summary->headers).contains(record_key_header)) {
    const auto headers = decode_field_table(summary->headers);
    const FieldValue* value = headers ? find_field(*headers, record_key_header) : nullptr;
    if (value != nullptr && bytes_of(*value) != nullptr) return *bytes_of(*value);
  }
  if (message.routing_key.empty()) return std::nullopt;
  return std::string(message.routing_key);
}

std::size_t estimated_record_size(const MessageView& message) {
  // Lengths, deltas, and the batch around it.
  constexpr std::size_t around = 128;
  return message.routing_key.size() + message.properties.size() + message.body.size() +
         batch_header_size + around;
}

void MessageOfRecord::take_header(const RecordHeader& header, FieldTable& typed) {
  if (header.key.size() > message_name_size_max) return;
  const std::optional<std::string_view> text =
      header.value ? std::optional(as_text(*header.value)) : std::nullopt;
  const auto known = std::ranges::find_if(typed, [&](const Field& field) {
    if (record_name_of(field.name) != header.key) return false;
    const bool is_void = std::holds_alternative<std::monostate>(field.value.value);
    return text ? !is_void && record_text_of(header.key, field.value) == *text : is_void;
  });
  if (known != typed.end()) {
    headers_.push_back(std::move(*known));
    typed.erase(known);
    return;
  }
  if (text && take_property(properties_, header.key, *text)) return;
  Field field{.name = message_name_of(header.key), .value = {}};
  if (field.name.size() > message_name_size_max) return;
  if (text) field.value.value = std::string(*text);
  headers_.push_back(std::move(field));
}

MessageView MessageOfRecord::make(const Record& record, std::string_view topic, WallTimeMs now_ms,
                                  std::span<const Field> more) {
  properties_ = {};
  headers_.clear();
  FieldTable typed;
  const RecordHeader* const saved = take_typed(record, typed);
  for (const RecordHeader& header : record.headers) {
    if (&header != saved) take_header(header, typed);
  }
  MessageView message{.exchange = topic, .published_ms = now_ms};
  if (record.key) {
    message.routing_key = as_text(*record.key);
    if (!is_routing_key(message.routing_key)) {
      headers_.push_back(
          {std::string(record_key_header), {ByteArray{std::string(message.routing_key)}}});
      message.routing_key = {};
    }
  }
  if (record.value) {
    message.body = *record.value;
  } else {
    headers_.push_back({std::string(null_value_header), {true}});
  }
  if (!properties_.timestamp && record.timestamp >= 0) {
    properties_.timestamp = static_cast<std::uint64_t>(record.timestamp) / 1000;
  }
  encode(more);
  message.properties = encoded_;
  message.priority = properties_.priority.value_or(0);
  message.is_persistent = properties_.delivery_mode.value_or(2) == 2;
  if (properties_.expiration) {
    message.expires_ms = now_ms + *number_of<std::int64_t>(*properties_.expiration);
  }
  return message;
}

void MessageOfRecord::encode(std::span<const Field> more) {
  headers_.insert(headers_.end(), more.begin(), more.end());
  if (!headers_.empty()) properties_.headers = std::exchange(headers_, {});
  encoded_.clear();
  encode_properties(properties_, encoded_);
  if (encoded_.size() <= translated_headers_max) return;
  const auto size = static_cast<std::int64_t>(encoded_.size());
  std::erase_if(*properties_.headers, [](const Field& field) {
    return field.name != record_key_header && field.name != null_value_header;
  });
  properties_.headers->push_back({std::string(headers_omitted_header), {size}});
  properties_.headers->insert(properties_.headers->end(), more.begin(), more.end());
  encoded_.clear();
  encode_properties(properties_, encoded_);
}

}  // namespace koine::core
