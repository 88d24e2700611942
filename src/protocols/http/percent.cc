#include "protocols/http/percent.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocols/http/router.h"

namespace koine::http {

namespace {

bool is_unreserved(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || std::string_view("-._~").contains(character);
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char character : text) {
    if (is_unreserved(character)) {
      encoded += character;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(character));
    }
  }
  return encoded;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  if (!decode_percent(text, Plus::literal, decoded)) return std::nullopt;
  return decoded;
}

}  // namespace koine::http
