// MethodId: which method a frame carries: class and method as AMQP 0-9-1 numbers them, with RabbitMQ's extensions.
#pragma once

#include <cstdint>
#include <utility>

namespace koine::amqp {

namespace detail {
constexpr std::uint32_t method_number(std::uint32_t class_id, std::uint32_t method_id) {
  return class_id << 16U | method_id;
}
}  // namespace detail

inline constexpr std::uint16_t basic_class = 60;

// The value is as on the wire: the class in the upper 16 bits, the method in the lower.
enum class MethodId : std::uint32_t {
  none = 0,

  connection_start = detail::method_number(10, 10),
  connection_start_ok = detail::method_number(10, 11),
  connection_secure = detail::method_number(10, 20),
  connection_secure_ok = detail::method_number(10, 21),
  connection_tune = detail::method_number(10, 30),
  connection_tune_ok = detail::method_number(10, 31),
  connection_open = detail::method_number(10, 40),
  connection_open_ok = detail::method_number(10, 41),
  connection_close = detail::method_number(10, 50),
  connection_close_ok = detail::method_number(10, 51),
  connection_blocked = detail::method_number(10, 60),
  connection_unblocked = detail::method_number(10, 61),
  connection_update_secret = detail::method_number(10, 70),
  connection_update_secret_ok = detail::method_number(10, 71),

  channel_open = detail::method_number(20, 10),
  channel_open_ok = detail::method_number(20, 11),
  channel_flow = detail::method_number(20, 20),
  channel_flow_ok = detail::method_number(20, 21),
  channel_close = detail::method_number(20, 40),
  channel_close_ok = detail::method_number(20, 41),

  exchange_declare = detail::method_number(40, 10),
  exchange_declare_ok = detail::method_number(40, 11),
  exchange_delete = detail::method_number(40, 20),
  exchange_delete_ok = detail::method_number(40, 21),
  exchange_bind = detail::method_number(40, 30),
  exchange_bind_ok = detail::method_number(40, 31),
  exchange_unbind = detail::method_number(40, 40),
  exchange_unbind_ok = detail::method_number(40, 51),

  queue_declare = detail::method_number(50, 10),
  queue_declare_ok = detail::method_number(50, 11),
  queue_bind = detail::method_number(50, 20),
  queue_bind_ok = detail::method_number(50, 21),
  queue_purge = detail::method_number(50, 30),
  queue_purge_ok = detail::method_number(50, 31),
  queue_delete = detail::method_number(50, 40),
  queue_delete_ok = detail::method_number(50, 41),
  queue_unbind = detail::method_number(50, 50),
  queue_unbind_ok = detail::method_number(50, 51),

  basic_qos = detail::method_number(basic_class, 10),
  basic_qos_ok = detail::method_number(basic_class, 11),
  basic_consume = detail::method_number(basic_class, 20),
  basic_consume_ok = detail::method_number(basic_class, 21),
  basic_cancel = detail::method_number(basic_class, 30),
  basic_cancel_ok = detail::method_number(basic_class, 31),
  basic_publish = detail::method_number(basic_class, 40),
  basic_return = detail::method_number(basic_class, 50),
  basic_deliver = detail::method_number(basic_class, 60),
  basic_get = detail::method_number(basic_class, 70),
  basic_get_ok = detail::method_number(basic_class, 71),
  basic_get_empty = detail::method_number(basic_class, 72),
  basic_ack = detail::method_number(basic_class, 80),
  basic_reject = detail::method_number(basic_class, 90),
  basic_recover_async = detail::method_number(basic_class, 100),
  basic_recover = detail::method_number(basic_class, 110),
  basic_recover_ok = detail::method_number(basic_class, 111),
  basic_nack = detail::method_number(basic_class, 120),

  confirm_select = detail::method_number(85, 10),
  confirm_select_ok = detail::method_number(85, 11),

  tx_select = detail::method_number(90, 10),
  tx_select_ok = detail::method_number(90, 11),
  tx_commit = detail::method_number(90, 20),
  tx_commit_ok = detail::method_number(90, 21),
  tx_rollback = detail::method_number(90, 30),
  tx_rollback_ok = detail::method_number(90, 31),
};

constexpr std::uint16_t class_of(MethodId id) {
  return static_cast<std::uint16_t>(std::to_underlying(id) >> 16U);
}
constexpr std::uint16_t method_of(MethodId id) {
  return static_cast<std::uint16_t>(std::to_underlying(id) & 0xFFFFU);
}

}  // namespace koine::amqp
