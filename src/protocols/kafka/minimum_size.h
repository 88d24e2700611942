// MinimumSize: the visitor that adds up the fewest bytes which a struct takes on the wire in one version, with every
// string and array empty. The decoder divides the bytes that are left by it before it believes a count.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "protocols/kafka/field_spec.h"
#include "protocols/kafka/records.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

class MinimumSize {
 public:
  MinimumSize(Version version, bool flexible) : version_(version), flexible_(flexible) {}

  template <typename T>
  void operator()(const char*, const T& value, FieldSpec spec = {}) {
    if (spec.is_in(version_) && spec.tag == untagged) bytes_ += of(value);
  }

  template <typename T>
  std::size_t of(const T& value) const {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      return sizeof(T);
    } else {
      MinimumSize inner(version_, flexible_);
      T::fields(inner, value);
      return inner.bytes_ + (flexible_ ? 1 : 0);
    }
  }
  std::size_t of(const Uuid&) const { return sizeof(Uuid); }
  std::size_t of(const std::string&) const { return flexible_ ? 1 : 2; }
  std::size_t of(const std::optional<std::string>&) const { return flexible_ ? 1 : 2; }
  template <typename T>
  std::size_t of(const std::optional<T>&) const {
    return flexible_ ? 1 : 4;
  }
  template <typename T>
  std::size_t of(const std::vector<T>&) const {
    return flexible_ ? 1 : 4;
  }
  std::size_t of(const ByteView&) const { return flexible_ ? 1 : 4; }

 private:
  Version version_;
  bool flexible_;
  std::size_t bytes_ = 0;
};

}  // namespace koine::kafka
