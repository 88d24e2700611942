#include "base/text.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace koine {

namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The size of the UTF-8 sequence at the start (RFC 3629 4), or 0 if it is not one.
std::size_t sequence_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second >= 0xA0;
  const bool too_high = first == 0xF4 && second >= 0x90;
  return overlong || surrogate || too_high ? 0 : size;
}

void append_escaped(std::string& out, char c) {
  static constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto number = static_cast<unsigned char>(c);
  if (number >= 0x20 && number != 0x7F) {
    out += c;
    return;
  }
  out += "\\u00";
  out += digits[number >> 4U];
  out += digits[number & 0xFU];
}

}  // namespace

std::string json_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = sequence_bytes(text);
    if (size == 0)
      out += "\xEF\xBF\xBD";
    else if (size == 1)
      append_escaped(out, text[0]);
    else
      out += text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

std::string json_string(std::string_view text) { return '"' + json_escaped(text) + '"'; }

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = sequence_bytes(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace koine
