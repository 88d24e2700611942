#include "protocols/http/value_json.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "core/scram.h"

namespace koine::http {

Outcome<std::string> read_base64(std::string_view place, std::string_view text) {
  const auto bytes = core::from_base64(text);
  if (!bytes) return refuse(Status::bad_request, fmt::format("{}: not base64", place));
  return std::string(as_text(*bytes));
}

Outcome<ReadValue> read_value(JsonObject& fields) {
  ReadValue read;
  TRY(const auto encoded, fields.optional<std::string_view>("value_base64"));
  for (const auto& [name, value] : fields.fields()) {
    if (name != "value") continue;
    read.is_given = true;
    read.is_json = value.kind() != JsonValue::Kind::text;
    if (read.is_json) {
      read.bytes = value.to_json();
    } else {
      TRY(const std::string_view text, value.as_text());
      read.bytes = text;
    }
  }
  (void)fields.optional<JsonValue>("value");
  if (!encoded) return read;
  if (read.is_given) {
    return refuse(Status::bad_request,
                  fields.place() + ".value_base64: there is also a value; expected one of them");
  }
  read.is_given = true;
  TRY(read.bytes, read_base64(fields.place() + ".value_base64", *encoded));
  return read;
}

}  // namespace koine::http
