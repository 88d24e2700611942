// Encoder: the visitor that writes a message's fields in order. Included by the messages' .cc files only.
//
// What a version does not have is left out. A null in a version that has none is written as empty. A tagged
// field is written when it differs from its default.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "protocols/kafka/field_spec.h"
#include "protocols/kafka/records.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

class Encoder {
 public:
  Encoder(Writer& writer, Version version, bool flexible)
      : writer_(writer), version_(version), flexible_(flexible) {}

  template <typename T>
  void operator()(const char*, const T& value, FieldSpec spec = {}) {
    if (!spec.is_in(version_) || (spec.tag == untagged) != (pass_ == Pass::plain)) return;
    nullable_ = spec.is_nullable_in(version_);
    if (spec.tag == untagged) return write(value);
    if (is_absent(value, spec)) return;
    if (pass_ == Pass::count_tagged)
      ++tagged_count_;
    else
      write_tagged(value, spec.tag);
  }

  template <typename T>
  void structure(const T& value) {
    T::fields(*this, value);
    if (!flexible_) return;
    tagged_count_ = 0;
    pass_ = Pass::count_tagged;
    T::fields(*this, value);
    writer_.uvarint(tagged_count_);
    pass_ = Pass::write_tagged;
    if (tagged_count_ > 0) T::fields(*this, value);
    pass_ = Pass::plain;
  }

 private:
  enum class Pass : std::uint8_t { plain, count_tagged, write_tagged };

  template <typename T>
  void write_tagged(const T& value, std::int32_t tag) {
    Writer content;
    Encoder(content, version_, flexible_).write(value);
    writer_.uvarint(static_cast<std::uint32_t>(tag));
    writer_.uvarint(static_cast<std::uint32_t>(content.size()));
    writer_.raw(content.view());
  }

  template <typename T>
  void write(const T& value) {
    if constexpr (std::is_enum_v<T>)
      write(static_cast<std::underlying_type_t<T>>(value));
    else
      structure(value);
  }
  void write(bool value) { writer_.boolean(value); }
  void write(std::int8_t value) { writer_.int8(value); }
  void write(std::int16_t value) { writer_.int16(value); }
  void write(std::int32_t value) { writer_.int32(value); }
  void write(std::int64_t value) { writer_.int64(value); }
  void write(double value) { writer_.float64(value); }
  void write(const Uuid& value) { writer_.uuid(value); }

  void write(const std::string& value) {
    if (flexible_)
      writer_.compact_string(value);
    else
      writer_.string(value);
  }
  void write(const std::optional<std::string>& value) {
    if (value) return write(*value);
    if (!nullable_) return write(std::string());
    if (flexible_)
      writer_.null_compact();
    else
      writer_.null_string();
  }
  void write(const ByteView& value) {
    if (flexible_)
      writer_.compact_bytes(value);
    else
      writer_.bytes(value);
  }
  void write(const std::optional<ByteView>& value) {
    if (value) return write(*value);
    write_null_or_zero();
  }
  void write(const std::optional<Records>& value) {
    if (!value) return write_null_or_zero();
    write_size(value->size());
    if (value->is_elsewhere())
      writer_.hole(value->size());
    else
      writer_.raw(value->view());
  }

  template <typename T>
  void write(const std::vector<T>& value) {
    write_size(value.size());
    for (const T& element : value) write(element);
  }
  template <typename T>
  void write(const std::optional<std::vector<T>>& value) {
    if (value) return write(*value);
    write_null_or_zero();
  }
  // A struct that may be absent is always a tagged field; here it is present.
  template <typename T>
  void write(const std::optional<T>& value) {
    if (value) write(*value);
  }

  void write_size(std::size_t size) {
    if (flexible_)
      writer_.compact_count(size);
    else
      writer_.count(size);
  }
  void write_null_or_zero() {
    if (!nullable_) return write_size(0);
    if (flexible_)
      writer_.null_compact();
    else
      writer_.null_bytes();
  }

  Writer& writer_;
  Version version_;
  bool flexible_;
  bool nullable_ = false;
  Pass pass_ = Pass::plain;
  std::uint32_t tagged_count_ = 0;
};

}  // namespace koine::kafka
