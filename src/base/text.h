// Text that comes from outside, made fit for logs and JSON.
#pragma once

#include <string>
#include <string_view>

namespace koine {

// The text between a JSON string's quotes (RFC 8259 7): quotes, backslashes and control characters escaped, every byte
// that is not part of valid UTF-8 replaced by U+FFFD.
std::string json_escaped(std::string_view text);

// The same, in quotes.
std::string json_string(std::string_view text);

// All of it is valid UTF-8 (RFC 3629 4).
bool is_utf8(std::string_view text);

}  // namespace koine
