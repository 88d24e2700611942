// librabbitmq connections that free themselves: one connection with one channel, as most programs have. Refusals of the
// server and errors of the library end the measurement with their sentence.
#pragma once

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <sys/time.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "generator.h"

constexpr amqp_channel_t the_channel = 1;

inline amqp_bytes_t bytes_of(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};  // the library does not write to it
}

inline std::string_view text_of(amqp_bytes_t bytes) {
  return {static_cast<char const*>(bytes.bytes), bytes.len};
}

inline timeval timeval_of(std::chrono::microseconds time) {
  return {.tv_sec = time.count() / 1'000'000, .tv_usec = time.count() % 1'000'000};
}

// What Channel.Close or Connection.Close says.
inline std::string sentence_of(amqp_method_t const& close) {
  if (close.id == AMQP_CHANNEL_CLOSE_METHOD) {
    return std::string(text_of(static_cast<amqp_channel_close_t*>(close.decoded)->reply_text));
  }
  if (close.id == AMQP_CONNECTION_CLOSE_METHOD) {
    return std::string(text_of(static_cast<amqp_connection_close_t*>(close.decoded)->reply_text));
  }
  return amqp_method_name(close.id);
}

inline void check_reply(amqp_rpc_reply_t const& reply, std::string const& doing) {
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) {
    fail(doing + ": " + amqp_error_string2(reply.library_error));
  }
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail(doing + ": " + sentence_of(reply.reply));
}

inline void check_status(int status, std::string const& doing) {
  if (status != AMQP_STATUS_OK) fail(doing + ": " + amqp_error_string2(status));
}

struct QueueShape {
  std::string name;
  std::string type;  // classic or quorum; empty: the server's own
};

class AmqpClient {
 public:
  // `address` is HOST:PORT. `frame_max` in bytes.
  explicit AmqpClient(std::string const& address, int frame_max = AMQP_DEFAULT_FRAME_SIZE)
      : connection_(amqp_new_connection()) {
    auto const colon = address.rfind(':');
    if (colon == std::string::npos) fail("expected HOST:PORT, found '" + address + "'");
    auto* const socket = amqp_tcp_socket_new(get());
    if (socket == nullptr) fail("no memory for a socket");
    check_status(amqp_socket_open(socket, address.substr(0, colon).c_str(),
                                  std::atoi(address.c_str() + colon + 1)),
                 "connect to " + address);
    check_reply(amqp_login(get(), "/", AMQP_DEFAULT_MAX_CHANNELS, frame_max, 0,
                           AMQP_SASL_METHOD_PLAIN, "guest", "guest"),
                "login");
    amqp_channel_open(get(), the_channel);
    check("channel.open");
  }

  amqp_connection_state_t get() const { return connection_.get(); }

  // Of the call just made.
  void check(std::string const& doing) const { check_reply(amqp_get_rpc_reply(get()), doing); }

  // Durable. Returns how many messages are ready in it.
  size_t declare(QueueShape const& queue) const {
    amqp_table_entry_t entry{};
    auto const table = arguments_of(queue, entry);
    auto const* const answer = amqp_queue_declare(get(), the_channel, bytes_of(queue.name), 0, 1, 0,
                                                  0, queue.type.empty() ? amqp_empty_table : table);
    check("queue.declare " + queue.name);
    return answer->message_count;
  }

  // The same, without waiting for the answer.
  void declare_without_answer(QueueShape const& queue) const {
    amqp_table_entry_t entry{};
    auto const table = arguments_of(queue, entry);
    amqp_queue_declare_t declare{};
    declare.queue = bytes_of(queue.name);
    declare.durable = 1;
    declare.nowait = 1;
    if (!queue.type.empty()) declare.arguments = table;
    check_status(amqp_send_method(get(), the_channel, AMQP_QUEUE_DECLARE_METHOD, &declare),
                 "queue.declare " + queue.name);
  }

  // Answered when everything sent before has been read.
  size_t declare_passively(std::string const& queue) const {
    auto const* const answer =
        amqp_queue_declare(get(), the_channel, bytes_of(queue), 1, 0, 0, 0, amqp_empty_table);
    check("queue.declare " + queue);
    return answer->message_count;
  }

  // prefetch 0: no limit.
  void consume(std::string const& queue, size_t prefetch, bool is_auto_ack) const {
    amqp_basic_qos(get(), the_channel, 0, static_cast<uint16_t>(prefetch), 0);
    check("basic.qos");
    amqp_basic_consume(get(), the_channel, bytes_of(queue), amqp_empty_bytes, 0,
                       is_auto_ack ? 1 : 0, 0, amqp_empty_table);
    check("basic.consume " + queue);
  }

  void publish(std::string const& queue, std::string_view body, bool is_persistent) const {
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode =
        is_persistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT;
    check_status(amqp_basic_publish(get(), the_channel, amqp_empty_bytes, bytes_of(queue), 0, 0,
                                    &properties, bytes_of(body)),
                 "basic.publish");
  }

  void ack(uint64_t delivery_tag) const {  // and all before it
    check_status(amqp_basic_ack(get(), the_channel, delivery_tag, 1), "basic.ack");
  }

 private:
  static amqp_table_t arguments_of(QueueShape const& queue, amqp_table_entry_t& entry) {
    entry.key = amqp_cstring_bytes("x-queue-type");
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = bytes_of(queue.type);
    return {1, &entry};
  }

  struct Free {
    void operator()(amqp_connection_state_t connection) const {
      amqp_destroy_connection(connection);
    }
  };
  std::unique_ptr<amqp_connection_state_t_, Free> connection_;
};
