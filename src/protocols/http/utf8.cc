#include "protocols/http/utf8.h"

#include <simdjson.h>

namespace koine::http {

namespace {

// The library wants a pointer also for no bytes.
bool validate(std::string_view text) {
  return text.empty() || simdjson::validate_utf8(text.data(), text.size());
}

// What is no text mostly shows that at once.
bool begins_as_utf8(std::string_view text) {
  std::string_view first = text.substr(0, 64);
  // Up to a character that ends here.
  while (!first.empty() && static_cast<unsigned char>(first.back()) >= 0x80) first.remove_suffix(1);
  return validate(first);
}

}  // namespace

bool is_utf8(std::string_view text) { return begins_as_utf8(text) && validate(text); }

}  // namespace koine::http
