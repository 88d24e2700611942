// The queue class (50).
#pragma once

#include <cstdint>
#include <string>

#include "core/queues/properties.h"
#include "protocols/amqp/method_id.h"

namespace koine::amqp {

struct QueueDeclare {
  static constexpr MethodId id = MethodId::queue_declare;
  static constexpr const char* name = "queue.declare";
  std::uint16_t ticket = 0;
  std::string queue;
  bool passive = false;
  bool durable = false;
  bool exclusive = false;
  bool auto_delete = false;
  bool no_wait = false;
  core::FieldTable arguments;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("queue", x.queue);
    v("passive", x.passive);
    v("durable", x.durable);
    v("exclusive", x.exclusive);
    v("auto_delete", x.auto_delete);
    v("no_wait", x.no_wait);
    v("arguments", x.arguments);
  }
};

struct QueueDeclareOk {
  static constexpr MethodId id = MethodId::queue_declare_ok;
  static constexpr const char* name = "queue.declare-ok";
  std::string queue;
  std::uint32_t message_count = 0;
  std::uint32_t consumer_count = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("queue", x.queue);
    v("message_count", x.message_count);
    v("consumer_count", x.consumer_count);
  }
};

struct QueueBind {
  static constexpr MethodId id = MethodId::queue_bind;
  static constexpr const char* name = "queue.bind";
  std::uint16_t ticket = 0;
  std::string queue;
  std::string exchange;
  std::string routing_key;
  bool no_wait = false;
  core::FieldTable arguments;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("queue", x.queue);
    v("exchange", x.exchange);
    v("routing_key", x.routing_key);
    v("no_wait", x.no_wait);
    v("arguments", x.arguments);
  }
};

struct QueueBindOk {
  static constexpr MethodId id = MethodId::queue_bind_ok;
  static constexpr const char* name = "queue.bind-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct QueueUnbind {
  static constexpr MethodId id = MethodId::queue_unbind;
  static constexpr const char* name = "queue.unbind";
  std::uint16_t ticket = 0;
  std::string queue;
  std::string exchange;
  std::string routing_key;
  core::FieldTable arguments;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("queue", x.queue);
    v("exchange", x.exchange);
    v("routing_key", x.routing_key);
    v("arguments", x.arguments);
  }
};

struct QueueUnbindOk {
  static constexpr MethodId id = MethodId::queue_unbind_ok;
  static constexpr const char* name = "queue.unbind-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct QueuePurge {
  static constexpr MethodId id = MethodId::queue_purge;
  static constexpr const char* name = "queue.purge";
  std::uint16_t ticket = 0;
  std::string queue;
  bool no_wait = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("queue", x.queue);
    v("no_wait", x.no_wait);
  }
};

struct QueuePurgeOk {
  static constexpr MethodId id = MethodId::queue_purge_ok;
  static constexpr const char* name = "queue.purge-ok";
  std::uint32_t message_count = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("message_count", x.message_count);
  }
};

struct QueueDelete {
  static constexpr MethodId id = MethodId::queue_delete;
  static constexpr const char* name = "queue.delete";
  std::uint16_t ticket = 0;
  std::string queue;
  bool if_unused = false;
  bool if_empty = false;
  bool no_wait = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("queue", x.queue);
    v("if_unused", x.if_unused);
    v("if_empty", x.if_empty);
    v("no_wait", x.no_wait);
  }
};

struct QueueDeleteOk {
  static constexpr MethodId id = MethodId::queue_delete_ok;
  static constexpr const char* name = "queue.delete-ok";
  std::uint32_t message_count = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("message_count", x.message_count);
  }
};

}  // namespace koine::amqp
