// FieldSpec: in which versions of its message a field exists, and how. Every message lists its fields with
// these in one function, from which decoding, encoding and the tests' visitors come:
//
//   template <typename V, typename T>
//   static void fields(V& v, T& x) {
//     v("partition", x.partition);                             // in every version
//     v("leader_epoch", x.leader_epoch, since(9));
//     v("rack", x.rack, since(1).nullable_since(4));           // std::optional: nullable
//     v("cluster_id", x.cluster_id, since(12).tagged(0));      // KIP-482
//   }
//
// V is a visitor (decoder.h, encoder.h); T is the struct, const when encoding. A std::optional is null from
// `nullable_since` on (by default in all versions); tagged fields are listed in order of their tags.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

namespace koine::kafka {

using Version = std::int16_t;

inline constexpr std::int32_t untagged = -1;

struct FieldSpec {
  Version first = 0;
  Version last = std::numeric_limits<Version>::max();
  Version nullable_first = 0;
  std::int32_t tag = untagged;
  std::int64_t absent_value = 0;  // a tagged number with this value is left out

  constexpr FieldSpec nullable_since(Version version) const {
    FieldSpec spec = *this;
    spec.nullable_first = version;
    return spec;
  }
  constexpr FieldSpec tagged(std::int32_t number, std::int64_t absent = 0) const {
    FieldSpec spec = *this;
    spec.tag = number;
    spec.absent_value = absent;
    return spec;
  }

  constexpr bool is_in(Version version) const { return version >= first && version <= last; }
  constexpr bool is_nullable_in(Version version) const { return version >= nullable_first; }
};

constexpr FieldSpec between(Version first, Version last) { return {.first = first, .last = last}; }
constexpr FieldSpec since(Version first) { return {.first = first}; }
constexpr FieldSpec until(Version last) { return {.last = last}; }
// In every version, and nullable from this one on.
constexpr FieldSpec nullable_since(Version first) { return {.nullable_first = first}; }

// Whether a tagged field has its default, and is left out.
template <typename T>
constexpr bool is_absent(const T& value, const FieldSpec& spec) {
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
    return static_cast<std::int64_t>(value) == spec.absent_value;
  else if constexpr (requires { value.has_value(); })
    return !value.has_value();
  else if constexpr (requires { value.empty(); })
    return value.empty();
  else
    return false;
}

}  // namespace koine::kafka
