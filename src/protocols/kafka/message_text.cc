#include "protocols/kafka/message_text.h"

#include <cstddef>

namespace koine::kafka {

std::string hex_of(ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<std::size_t>(byte >> 4)];
    text += digits[std::to_integer<std::size_t>(byte & std::byte{0x0F})];
  }
  return text;
}

std::string MessageText::joined() const {
  std::string text = "{";
  for (const auto& [name, value] : fields_) {
    if (text.size() > 1) text += ',';
    text += name;
    text += '=';
    text += value;
  }
  return text + '}';
}

}  // namespace koine::kafka
