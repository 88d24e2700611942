// Decoder: the visitor that reads a message's fields in order. Included by the messages' .cc files only.
//
// A flexible version (KIP-482) uses compact strings and arrays, and every struct ends with tagged fields: known
// ones are read where the description has their tag, unknown ones are skipped. A failure stays in the Reader.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "protocols/kafka/minimum_size.h"

namespace koine::kafka {

class Decoder {
 public:
  Decoder(Reader& reader, Version version, bool flexible)
      : reader_(reader), version_(version), flexible_(flexible) {}

  template <typename T>
  void operator()(const char* name, T& value, FieldSpec spec = {}) {
    if (spec.tag != wanted_tag_ || !spec.is_in(version_)) return;
    known_ = true;
    nullable_ = spec.is_nullable_in(version_);
    read(value);
    reader_.blame(name);
  }

  template <typename T>
  void structure(T& value) {
    const std::int32_t outer_tag = wanted_tag_;
    wanted_tag_ = untagged;
    T::fields(*this, value);
    if (flexible_) tagged_fields(value);
    wanted_tag_ = outer_tag;
  }

 private:
  // Tags beyond this are not in any description.
  static constexpr std::uint32_t tag_max = 0x7FFFFFFF;
  static constexpr std::int32_t unknown = -2;

  template <typename T>
  void tagged_fields(T& value) {
    const std::uint32_t count = reader_.uvarint();
    std::int64_t previous = -1;
    for (std::uint32_t i = 0; i < count && reader_.ok(); ++i) {
      const std::uint32_t tag = reader_.uvarint();
      if (tag <= previous) reader_.fail("is tagged out of order");
      previous = tag;
      const ByteView after = reader_.enter_section(reader_.uvarint());
      known_ = false;
      wanted_tag_ = tag <= tag_max ? static_cast<std::int32_t>(tag) : unknown;
      T::fields(*this, value);
      wanted_tag_ = untagged;
      reader_.leave_section(after, known_);
    }
    reader_.blame("tagged fields");
  }

  template <typename T>
  void read(T& value) {
    if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> number{};
      read(number);
      value = static_cast<T>(number);
    } else {
      structure(value);
      known_ = true;
    }
  }
  void read(bool& value) { value = reader_.boolean(); }
  void read(std::int8_t& value) { value = reader_.int8(); }
  void read(std::int16_t& value) { value = reader_.int16(); }
  void read(std::int32_t& value) { value = reader_.int32(); }
  void read(std::int64_t& value) { value = reader_.int64(); }
  void read(double& value) { value = reader_.float64(); }
  void read(Uuid& value) { value = reader_.uuid(); }

  void read(std::string& value) { value = flexible_ ? reader_.compact_string() : reader_.string(); }
  void read(std::optional<std::string>& value) {
    const auto text = flexible_ ? reader_.nullable_compact_string() : reader_.nullable_string();
    if (check_null(text.has_value()))
      value.emplace(*text);
    else
      value.reset();
  }
  void read(ByteView& value) { value = flexible_ ? reader_.compact_bytes() : reader_.bytes(); }
  void read(std::optional<ByteView>& value) {
    value = flexible_ ? reader_.nullable_compact_bytes() : reader_.nullable_bytes();
    check_null(value.has_value());
  }
  void read(std::optional<Records>& value) {
    std::optional<ByteView> view;
    read(view);
    value.reset();
    if (view) value = Records::at_hand(*view);
  }

  template <typename T>
  void read(std::vector<T>& value) {
    nullable_ = false;
    value.clear();
    const auto count = element_count<T>();
    if (check_null(count.has_value())) elements(value, *count);
  }
  template <typename T>
  void read(std::optional<std::vector<T>>& value) {
    const auto count = element_count<T>();
    value.reset();
    if (check_null(count.has_value())) elements(value.emplace(), *count);
  }
  // A struct that may be absent is always a tagged field; here it is present.
  template <typename T>
  void read(std::optional<T>& value) {
    read(value.emplace());
  }

  template <typename T>
  std::optional<std::size_t> element_count() {
    const std::size_t bytes_min = MinimumSize(version_, flexible_).of(T{});
    return flexible_ ? reader_.nullable_compact_count(bytes_min)
                     : reader_.nullable_count(bytes_min);
  }

  template <typename T>
  void elements(std::vector<T>& value, std::size_t count) {
    if (!reader_.charge(count * sizeof(T))) return;
    value.resize(count);
    for (T& element : value) {
      read(element);
      if (!reader_.ok()) return;
    }
  }

  // True when there is a value; a null that the version does not have is a failure.
  bool check_null(bool has_value) {
    if (!has_value && !nullable_) reader_.fail("is null");
    return has_value && reader_.ok();
  }

  Reader& reader_;
  Version version_;
  bool flexible_;
  bool nullable_ = false;
  bool known_ = false;  // the description has the tag that was wanted
  std::int32_t wanted_tag_ = untagged;
};

}  // namespace koine::kafka
