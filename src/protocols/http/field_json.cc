#include "protocols/http/field_json.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "core/queues/message.h"
#include "core/scram.h"
#include "protocols/http/value_json.h"

namespace koine::http {

namespace {

// Of a value that is bytes and nothing else.
const std::string* bytes_of(const core::FieldValue& value) {
  if (const auto* const array = std::get_if<core::ByteArray>(&value.value)) return &array->bytes;
  const std::string* const text = value.as_text();
  return text != nullptr && !is_utf8(*text) ? text : nullptr;
}

void write_field(JsonWriter& json, const core::FieldValue& value);

void write_table(JsonWriter& json, const core::FieldTable& table) {
  json.begin_object();
  for (const core::Field& field : table) {
    json.key(field.name);
    write_field(json, field.value);
  }
  json.end_object();
}

struct FieldWriting {
  JsonWriter& json;

  void operator()(std::monostate) const { json.null(); }
  void operator()(bool value) const { json.value(value); }
  void operator()(std::integral auto value) const { json.value(static_cast<std::int64_t>(value)); }
  void operator()(float value) const { json.value(static_cast<double>(value)); }
  void operator()(double value) const { json.value(value); }
  void operator()(const core::Decimal& value) const {
    json.value(value.value / std::pow(10.0, value.scale));
  }
  void operator()(const std::string& value) const { json.value(value); }
  void operator()(const core::ByteArray& value) const {
    json.value(core::to_base64(as_bytes(value.bytes)));
  }
  void operator()(const core::FieldArray& value) const {
    json.begin_array();
    for (const core::FieldValue& each : value) write_field(json, each);
    json.end_array();
  }
  void operator()(const core::Timestamp& value) const { json.value(value.seconds); }
  void operator()(const core::FieldTable& value) const { write_table(json, value); }
};

void write_field(JsonWriter& json, const core::FieldValue& value) {
  std::visit(FieldWriting{json}, value.value);
}

Outcome<core::FieldValue> read_field(const JsonValue& value);

Outcome<> check_name(const JsonValue& value, std::string_view name) {
  if (name.size() <= core::message_name_size_max) return {};
  return refuse(Status::bad_request,
                fmt::format("{}: a name of {} bytes, expected at most {}", value.place(),
                            name.size(), core::message_name_size_max));
}

Outcome<core::FieldTable> read_table(const JsonObject& object) {
  core::FieldTable table;
  for (const auto& [name, value] : object.fields()) {
    TRY(check_name(value, name));
    TRY(auto field, read_field(value));
    table.push_back({std::string(name), std::move(field)});
  }
  return table;
}

Outcome<core::FieldValue> read_number(const JsonValue& value) {
  if (const auto whole = value.as_number()) return core::FieldValue{*whole};
  TRY(const double number, value.as_double());
  return core::FieldValue{number};
}

Outcome<core::FieldValue> read_field(const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::null: return core::FieldValue{};
    case JsonValue::Kind::number: return read_number(value);
    case JsonValue::Kind::boolean: {
      TRY(const bool flag, value.as_bool());
      return core::FieldValue{flag};
    }
    case JsonValue::Kind::text: {
      TRY(const std::string_view text, value.as_text());
      return core::FieldValue{std::string(text)};
    }
    case JsonValue::Kind::array: {
      TRY(const JsonArray list, value.as_array());
      core::FieldArray array;
      for (const JsonValue& each : list) {
        TRY(auto field, read_field(each));
        array.push_back(std::move(field));
      }
      return core::FieldValue{std::move(array)};
    }
    case JsonValue::Kind::object: break;
  }
  TRY(const JsonObject object, value.as_object());
  TRY(auto table, read_table(object));
  return core::FieldValue{std::move(table)};
}

Outcome<> read_encoded(const JsonObject& object, core::FieldTable& table) {
  for (const auto& [name, value] : object.fields()) {
    TRY(check_name(value, name));
    TRY(const std::string_view text, value.as_text());
    TRY(auto bytes, read_base64(value.place(), text));
    table.push_back({std::string(name), core::FieldValue{core::ByteArray{std::move(bytes)}}});
  }
  return {};
}

}  // namespace

void write_fields(JsonWriter& json, const FieldNames& names, const core::FieldTable& fields) {
  core::FieldTable plain;
  core::FieldTable encoded;
  for (const core::Field& field : fields) {
    if (const std::string* const bytes = bytes_of(field.value)) {
      encoded.push_back({field.name, core::FieldValue{core::to_base64(as_bytes(*bytes))}});
    } else {
      plain.push_back(field);
    }
  }
  if (!plain.empty()) {
    json.key(names.plain);
    write_table(json, plain);
  }
  if (!encoded.empty()) {
    json.key(names.encoded);
    write_table(json, encoded);
  }
}

Outcome<core::FieldTable> read_fields(JsonObject& from, const FieldNames& names) {
  core::FieldTable table;
  TRY(const auto plain, from.optional<JsonObject>(names.plain));
  if (plain) {
    TRY(table, read_table(*plain));
  }
  TRY(const auto encoded, from.optional<JsonObject>(names.encoded));
  if (encoded) TRY(read_encoded(*encoded, table));
  std::vector<std::byte> bytes;
  core::encode_field_table(table, bytes);
  if (!core::decode_field_table(bytes)) {
    return refuse(Status::bad_request, fmt::format("{}.{}: deeper than {} levels", from.place(),
                                                   names.plain, core::field_nesting_max));
  }
  return table;
}

}  // namespace koine::http
