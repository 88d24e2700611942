// The exchange class (40), with RabbitMQ's bindings between exchanges.
#pragma once

#include <cstdint>
#include <string>

#include "core/queues/properties.h"
#include "protocols/amqp/method_id.h"

namespace koine::amqp {

struct ExchangeDeclare {
  static constexpr MethodId id = MethodId::exchange_declare;
  static constexpr const char* name = "exchange.declare";
  std::uint16_t ticket = 0;
  std::string exchange;
  std::string type;
  bool passive = false;
  bool durable = false;
  bool auto_delete = false;
  bool internal = false;
  bool no_wait = false;
  core::FieldTable arguments;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("exchange", x.exchange);
    v("type", x.type);
    v("passive", x.passive);
    v("durable", x.durable);
    v("auto_delete", x.auto_delete);
    v("internal", x.internal);
    v("no_wait", x.no_wait);
    v("arguments", x.arguments);
  }
};

struct ExchangeDeclareOk {
  static constexpr MethodId id = MethodId::exchange_declare_ok;
  static constexpr const char* name = "exchange.declare-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct ExchangeDelete {
  static constexpr MethodId id = MethodId::exchange_delete;
  static constexpr const char* name = "exchange.delete";
  std::uint16_t ticket = 0;
  std::string exchange;
  bool if_unused = false;
  bool no_wait = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("exchange", x.exchange);
    v("if_unused", x.if_unused);
    v("no_wait", x.no_wait);
  }
};

struct ExchangeDeleteOk {
  static constexpr MethodId id = MethodId::exchange_delete_ok;
  static constexpr const char* name = "exchange.delete-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct ExchangeBind {
  static constexpr MethodId id = MethodId::exchange_bind;
  static constexpr const char* name = "exchange.bind";
  std::uint16_t ticket = 0;
  std::string destination;
  std::string source;
  std::string routing_key;
  bool no_wait = false;
  core::FieldTable arguments;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("destination", x.destination);
    v("source", x.source);
    v("routing_key", x.routing_key);
    v("no_wait", x.no_wait);
    v("arguments", x.arguments);
  }
};

struct ExchangeBindOk {
  static constexpr MethodId id = MethodId::exchange_bind_ok;
  static constexpr const char* name = "exchange.bind-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct ExchangeUnbind {
  static constexpr MethodId id = MethodId::exchange_unbind;
  static constexpr const char* name = "exchange.unbind";
  std::uint16_t ticket = 0;
  std::string destination;
  std::string source;
  std::string routing_key;
  bool no_wait = false;
  core::FieldTable arguments;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("destination", x.destination);
    v("source", x.source);
    v("routing_key", x.routing_key);
    v("no_wait", x.no_wait);
    v("arguments", x.arguments);
  }
};

struct ExchangeUnbindOk {
  static constexpr MethodId id = MethodId::exchange_unbind_ok;
  static constexpr const char* name = "exchange.unbind-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

}  // namespace koine::amqp
