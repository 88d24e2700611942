// Encoder: the visitor that writes a method's fields in order.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "protocols/amqp/wire.h"

namespace koine::amqp {

class Encoder {
 public:
  explicit Encoder(Writer& writer) : writer_(writer) {}

  template <typename T>
  void operator()(const char*, const T& value) {
    write(value);
  }

 private:
  template <std::unsigned_integral T>
  void write(T value) {
    writer_.number(value);
  }
  void write(bool value) { writer_.bit(value); }
  void write(std::string_view value) { writer_.short_string(value); }
  void write(const LongText<const std::string>& value) { writer_.long_string(value.text); }
  void write(const Secret& value) { writer_.long_string(value.text); }
  void write(const core::FieldTable& value) { writer_.table(value); }

  Writer& writer_;
};

}  // namespace koine::amqp
