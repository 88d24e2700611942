// Which characters may stand where (RFC 9110 5, RFC 3986). What could split a message, or be read in two ways, may stand nowhere.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace koine::http {

namespace detail {

using CharacterSet = std::array<bool, 256>;

constexpr CharacterSet make_token_set() {
  CharacterSet set{};
  for (const char character : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                               "abcdefghijklmnopqrstuvwxyz"
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    set[static_cast<unsigned char>(character)] = true;
  }
  return set;
}

// RFC 9110 5.5: visible characters, space, tab, and what is not ASCII.
constexpr CharacterSet make_value_set() {
  CharacterSet set{};
  for (std::size_t n = 0x20; n < set.size(); ++n) set[n] = n != 0x7f;
  set['\t'] = true;
  return set;
}

// Visible ASCII: what else a URI holds is encoded. Fragments are not sent (RFC 9112 3.2.1).
constexpr CharacterSet make_target_set() {
  CharacterSet set{};
  for (std::size_t n = 0x21; n < 0x7f; ++n) set[n] = n != '#' && n != '"' && n != '<' && n != '>';
  return set;
}

// uri-host [":" port] (RFC 9110 7.2), loosely: no user, no path.
constexpr CharacterSet make_host_set() {
  CharacterSet set = make_token_set();
  for (const char character : std::string_view("#^`|")) {
    set[static_cast<unsigned char>(character)] = false;
  }
  for (const char character : std::string_view("()*,;=:[]%")) {
    set[static_cast<unsigned char>(character)] = true;
  }
  return set;
}

inline constexpr CharacterSet token_set = make_token_set();
inline constexpr CharacterSet value_set = make_value_set();
inline constexpr CharacterSet target_set = make_target_set();
inline constexpr CharacterSet host_set = make_host_set();

inline bool is_all(const CharacterSet& set, std::string_view text) {
  return std::ranges::all_of(text, [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

}  // namespace detail

// The form of names, of methods and of tokens in lists (RFC 9110 5.6.2).
inline bool is_token(std::string_view text) {
  return !text.empty() && detail::is_all(detail::token_set, text);
}
inline bool is_field_value(std::string_view text) {
  return detail::is_all(detail::value_set, text);
}
inline bool is_target(std::string_view text) {
  return !text.empty() && detail::is_all(detail::target_set, text);
}
// Of Host and :authority; may be empty.
inline bool is_authority(std::string_view text) { return detail::is_all(detail::host_set, text); }

}  // namespace koine::http
