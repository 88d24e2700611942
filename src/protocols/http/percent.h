// Percent-encoding (RFC 3986 2.1), for names and values that come or go in targets and fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace koine::http {

// Everything but unreserved characters.
std::string percent_encoded(std::string_view text);
// Nothing: a '%' without two hexadecimal digits after it.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace koine::http
