// Decoder: the visitor that reads a method's fields in order. A failure stays in the Reader.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "protocols/amqp/wire.h"

namespace koine::amqp {

class Decoder {
 public:
  explicit Decoder(Reader& reader) : reader_(reader) {}

  template <typename T>
  void operator()(const char* name, T&& value) {
    read(value);
    reader_.blame(name);
  }

 private:
  template <std::unsigned_integral T>
  void read(T& value) {
    value = reader_.number<T>();
  }
  void read(bool& value) { value = reader_.bit(); }
  void read(std::string& value) { value = reader_.short_string(); }
  void read(std::string_view& value) { value = reader_.short_string(); }
  void read(LongText<std::string>& value) { value.text = reader_.long_string(); }
  void read(Secret& value) { value.text = reader_.long_string(); }
  void read(core::FieldTable& value) { value = reader_.table(); }

  Reader& reader_;
};

}  // namespace koine::amqp
