// MethodText: the visitor that prints a method's fields in one line, for logs, tools and tests:
//
//   {ticket=0,queue="email",passive=false,durable=true,...,arguments={x-message-ttl=5}}
//
// Secrets are not shown.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "protocols/amqp/wire.h"

namespace koine::amqp {

// {x-message-ttl=5,x-overflow="drop-head"}
std::string text_of(const core::FieldTable& table);
std::string text_of(const core::FieldValue& value);

class MethodText {
 public:
  template <typename T>
  void operator()(const char* name, const T& value) {
    text_ += text_.empty() ? '{' : ',';
    text_ += name;
    text_ += '=';
    write(value);
  }
  std::string take() { return text_.empty() ? "{}" : text_ + '}'; }

 private:
  template <std::unsigned_integral T>
  void write(T value) {
    text_ += std::to_string(value);
  }
  void write(bool value) { text_ += value ? "true" : "false"; }
  void write(std::string_view value);
  void write(const LongText<const std::string>& value) { write(std::string_view(value.text)); }
  void write(const Secret&) { text_ += "***"; }
  void write(const core::FieldTable& value) { text_ += text_of(value); }

  std::string text_;
};

}  // namespace koine::amqp
