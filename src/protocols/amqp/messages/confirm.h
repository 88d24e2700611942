// The confirm class (85) of RabbitMQ: the server acknowledges what is published.
#pragma once

#include <cstdint>

#include "protocols/amqp/method_id.h"

namespace koine::amqp {

struct ConfirmSelect {
  static constexpr MethodId id = MethodId::confirm_select;
  static constexpr const char* name = "confirm.select";
  bool no_wait = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("no_wait", x.no_wait);
  }
};

struct ConfirmSelectOk {
  static constexpr MethodId id = MethodId::confirm_select_ok;
  static constexpr const char* name = "confirm.select-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

}  // namespace koine::amqp
