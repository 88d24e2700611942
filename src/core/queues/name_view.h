// NameView: a Name without owning it, for looking one up without allocating; and its hash.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/queues/queue_spec.h"

namespace koine::core {

// Where topics are.
inline constexpr std::string_view topics_virtual_host = "/";

struct NameView {
  std::string_view vhost;
  std::string_view name;

  NameView(std::string_view in_vhost, std::string_view of_name) : vhost(in_vhost), name(of_name) {}
  // NOLINTNEXTLINE(google-explicit-constructor): as std::string_view is made of std::string.
  NameView(const Name& of) : vhost(of.vhost), name(of.name) {}
  bool operator==(const NameView&) const = default;

  Name copy() const { return {.vhost = std::string(vhost), .name = std::string(name)}; }
};

inline std::size_t combined_hash(std::size_t one, std::size_t other) {
  constexpr std::size_t golden_ratio = 0x9E37'79B9'7F4A'7C15;
  return (one ^ (other + golden_ratio + (one << 6U) + (one >> 2U)));
}

inline std::size_t hash_of(NameView name) {
  constexpr std::hash<std::string_view> hash;
  return combined_hash(hash(name.vhost), hash(name.name));
}

// For maps from text that are asked with a view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

}  // namespace koine::core
