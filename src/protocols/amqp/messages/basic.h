// The basic class (60): messages. The strings of what comes and goes with each message are views.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/queues/properties.h"
#include "protocols/amqp/method_id.h"

namespace koine::amqp {

struct BasicQos {
  static constexpr MethodId id = MethodId::basic_qos;
  static constexpr const char* name = "basic.qos";
  std::uint32_t prefetch_size = 0;
  std::uint16_t prefetch_count = 0;
  bool global = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("prefetch_size", x.prefetch_size);
    v("prefetch_count", x.prefetch_count);
    v("global", x.global);
  }
};

struct BasicQosOk {
  static constexpr MethodId id = MethodId::basic_qos_ok;
  static constexpr const char* name = "basic.qos-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct BasicConsume {
  static constexpr MethodId id = MethodId::basic_consume;
  static constexpr const char* name = "basic.consume";
  std::uint16_t ticket = 0;
  std::string queue;
  std::string consumer_tag;
  bool no_local = false;
  bool no_ack = false;
  bool exclusive = false;
  bool no_wait = false;
  core::FieldTable arguments;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("queue", x.queue);
    v("consumer_tag", x.consumer_tag);
    v("no_local", x.no_local);
    v("no_ack", x.no_ack);
    v("exclusive", x.exclusive);
    v("no_wait", x.no_wait);
    v("arguments", x.arguments);
  }
};

struct BasicConsumeOk {
  static constexpr MethodId id = MethodId::basic_consume_ok;
  static constexpr const char* name = "basic.consume-ok";
  std::string consumer_tag;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("consumer_tag", x.consumer_tag);
  }
};

// From the client, and in RabbitMQ from the server: the queue is gone.
struct BasicCancel {
  static constexpr MethodId id = MethodId::basic_cancel;
  static constexpr const char* name = "basic.cancel";
  std::string consumer_tag;
  bool no_wait = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("consumer_tag", x.consumer_tag);
    v("no_wait", x.no_wait);
  }
};

struct BasicCancelOk {
  static constexpr MethodId id = MethodId::basic_cancel_ok;
  static constexpr const char* name = "basic.cancel-ok";
  std::string consumer_tag;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("consumer_tag", x.consumer_tag);
  }
};

struct BasicPublish {
  static constexpr MethodId id = MethodId::basic_publish;
  static constexpr const char* name = "basic.publish";
  std::uint16_t ticket = 0;
  std::string_view exchange;
  std::string_view routing_key;
  bool mandatory = false;
  bool immediate = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("exchange", x.exchange);
    v("routing_key", x.routing_key);
    v("mandatory", x.mandatory);
    v("immediate", x.immediate);
  }
};

struct BasicReturn {
  static constexpr MethodId id = MethodId::basic_return;
  static constexpr const char* name = "basic.return";
  std::uint16_t reply_code = 0;
  std::string_view reply_text;
  std::string_view exchange;
  std::string_view routing_key;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("reply_code", x.reply_code);
    v("reply_text", x.reply_text);
    v("exchange", x.exchange);
    v("routing_key", x.routing_key);
  }
};

struct BasicDeliver {
  static constexpr MethodId id = MethodId::basic_deliver;
  static constexpr const char* name = "basic.deliver";
  std::string_view consumer_tag;
  std::uint64_t delivery_tag = 0;
  bool redelivered = false;
  std::string_view exchange;
  std::string_view routing_key;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("consumer_tag", x.consumer_tag);
    v("delivery_tag", x.delivery_tag);
    v("redelivered", x.redelivered);
    v("exchange", x.exchange);
    v("routing_key", x.routing_key);
  }
};

struct BasicGet {
  static constexpr MethodId id = MethodId::basic_get;
  static constexpr const char* name = "basic.get";
  std::uint16_t ticket = 0;
  std::string queue;
  bool no_ack = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("ticket", x.ticket);
    v("queue", x.queue);
    v("no_ack", x.no_ack);
  }
};

struct BasicGetOk {
  static constexpr MethodId id = MethodId::basic_get_ok;
  static constexpr const char* name = "basic.get-ok";
  std::uint64_t delivery_tag = 0;
  bool redelivered = false;
  std::string_view exchange;
  std::string_view routing_key;
  std::uint32_t message_count = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("delivery_tag", x.delivery_tag);
    v("redelivered", x.redelivered);
    v("exchange", x.exchange);
    v("routing_key", x.routing_key);
    v("message_count", x.message_count);
  }
};

struct BasicGetEmpty {
  static constexpr MethodId id = MethodId::basic_get_empty;
  static constexpr const char* name = "basic.get-empty";
  std::string cluster_id;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("cluster_id", x.cluster_id);
  }
};

// From the client of deliveries, from the server of what was published.
struct BasicAck {
  static constexpr MethodId id = MethodId::basic_ack;
  static constexpr const char* name = "basic.ack";
  std::uint64_t delivery_tag = 0;
  bool multiple = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("delivery_tag", x.delivery_tag);
    v("multiple", x.multiple);
  }
};

struct BasicReject {
  static constexpr MethodId id = MethodId::basic_reject;
  static constexpr const char* name = "basic.reject";
  std::uint64_t delivery_tag = 0;
  bool requeue = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("delivery_tag", x.delivery_tag);
    v("requeue", x.requeue);
  }
};

struct BasicRecoverAsync {
  static constexpr MethodId id = MethodId::basic_recover_async;
  static constexpr const char* name = "basic.recover-async";
  bool requeue = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("requeue", x.requeue);
  }
};

struct BasicRecover {
  static constexpr MethodId id = MethodId::basic_recover;
  static constexpr const char* name = "basic.recover";
  bool requeue = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("requeue", x.requeue);
  }
};

struct BasicRecoverOk {
  static constexpr MethodId id = MethodId::basic_recover_ok;
  static constexpr const char* name = "basic.recover-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

// RabbitMQ: as basic.ack, in the negative.
struct BasicNack {
  static constexpr MethodId id = MethodId::basic_nack;
  static constexpr const char* name = "basic.nack";
  std::uint64_t delivery_tag = 0;
  bool multiple = false;
  bool requeue = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("delivery_tag", x.delivery_tag);
    v("multiple", x.multiple);
    v("requeue", x.requeue);
  }
};

}  // namespace koine::amqp
