// Headers and arguments of queues, exchanges and messages in JSON: an object of text, booleans, numbers, lists and objects.
// What is not text is told apart: bytes and text that is not UTF-8 are in `<name>_base64` beside it.
#pragma once

#include <string_view>

#include "core/queues/properties.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/json_writer.h"

namespace koine::http {

// Of the member `headers` and of `headers_base64`, or of `arguments`.
struct FieldNames {
  std::string_view plain;
  std::string_view encoded;
};
inline constexpr FieldNames header_names = {"headers", "headers_base64"};
inline constexpr FieldNames argument_names = {"arguments", "arguments_base64"};

// The members; neither if the table is empty.
void write_fields(JsonWriter& json, const FieldNames& names, const core::FieldTable& fields);

// Empty if there is neither. A number without a fraction becomes a 64-bit
// integer. Problems: not an object; a name above 255 bytes; wrong base64.
Outcome<core::FieldTable> read_fields(JsonObject& from, const FieldNames& names);

}  // namespace koine::http
