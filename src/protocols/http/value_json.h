// Values that come in JSON: `value` is text or any JSON, `value_base64` anything else. How they are shown: record_json.h.
#pragma once

#include <string>
#include <string_view>

#include "protocols/http/json_reader.h"

namespace koine::http {

struct ReadValue {
  std::string bytes;
  bool is_given = false;
  bool is_json = false;  // it was neither text nor bytes, and is JSON text now
};
// Both members of an object; a null is the JSON text "null". Problems: both are there, wrong base64.
Outcome<ReadValue> read_value(JsonObject& fields);
// Of a member that holds base64. Problems: it does not.
Outcome<std::string> read_base64(std::string_view place, std::string_view text);

}  // namespace koine::http
