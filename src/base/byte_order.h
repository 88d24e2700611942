// Numbers in memory in a named byte order, at any alignment. Network formats are big-endian, our files
// little-endian. The caller has checked that the bytes are there.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace koine {

namespace detail {
template <std::integral T>
constexpr T in_order(T value, std::endian order) {
  return order == std::endian::native ? value : std::byteswap(value);
}
}  // namespace detail

template <std::integral T>
T load_be(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return detail::in_order(value, std::endian::big);
}

template <std::integral T>
T load_le(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return detail::in_order(value, std::endian::little);
}

template <std::integral T>
void store_be(std::byte* to, T value) {
  value = detail::in_order(value, std::endian::big);
  std::memcpy(to, &value, sizeof value);
}

template <std::integral T>
void store_le(std::byte* to, T value) {
  value = detail::in_order(value, std::endian::little);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace koine
