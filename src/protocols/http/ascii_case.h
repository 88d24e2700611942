// Names whose case does not matter (RFC 9110 5.1), and their one spelling. ASCII only; other bytes are as they are.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace koine::http {

constexpr char lower_case(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A'))
                                              : character;
}

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& character : lower) character = lower_case(character);
  return lower;
}

inline bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::ranges::equal(text.substr(0, prefix.size()), prefix, [](char left, char right) {
           return lower_case(left) == lower_case(right);
         });
}

}  // namespace koine::http
