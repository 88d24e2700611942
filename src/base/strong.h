// Strong<Tag, Rep>: a number that can't be confused with another kind of number.
//
//   using Offset = Strong<struct OffsetTag, std::int64_t>;
//   Offset next{5};  next.value();  next + 1;  next < other;
//
// Explicit in both directions; ordered; hashable; differences are plain numbers.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace koine {

template <typename Tag, typename Rep>
class Strong {
 public:
  using rep = Rep;

  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}

  constexpr Rep value() const { return value_; }
  constexpr auto operator<=>(const Strong&) const = default;

  friend constexpr Strong operator+(Strong id, Rep distance) {
    return Strong(id.value_ + distance);
  }
  friend constexpr Strong operator-(Strong id, Rep distance) {
    return Strong(id.value_ - distance);
  }
  friend constexpr Rep operator-(Strong to, Strong from) { return to.value_ - from.value_; }

 private:
  Rep value_{};
};

}  // namespace koine

template <typename Tag, typename Rep>
struct std::hash<koine::Strong<Tag, Rep>> {
  std::size_t operator()(koine::Strong<Tag, Rep> id) const noexcept {
    return std::hash<Rep>()(id.value());
  }
};
