// The channel class (20): conversations on one connection.
#pragma once

#include <cstdint>
#include <string>

#include "protocols/amqp/method_id.h"
#include "protocols/amqp/wire.h"

namespace koine::amqp {

struct ChannelOpen {
  static constexpr MethodId id = MethodId::channel_open;
  static constexpr const char* name = "channel.open";
  std::string out_of_band;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("out_of_band", x.out_of_band);
  }
};

struct ChannelOpenOk {
  static constexpr MethodId id = MethodId::channel_open_ok;
  static constexpr const char* name = "channel.open-ok";
  std::string channel_id;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("channel_id", long_text(x.channel_id));
  }
};

struct ChannelFlow {
  static constexpr MethodId id = MethodId::channel_flow;
  static constexpr const char* name = "channel.flow";
  bool active = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("active", x.active);
  }
};

struct ChannelFlowOk {
  static constexpr MethodId id = MethodId::channel_flow_ok;
  static constexpr const char* name = "channel.flow-ok";
  bool active = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("active", x.active);
  }
};

struct ChannelClose {
  static constexpr MethodId id = MethodId::channel_close;
  static constexpr const char* name = "channel.close";
  std::uint16_t reply_code = 0;
  std::string reply_text;
  std::uint16_t class_id = 0;
  std::uint16_t method_id = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("reply_code", x.reply_code);
    v("reply_text", x.reply_text);
    v("class_id", x.class_id);
    v("method_id", x.method_id);
  }
};

struct ChannelCloseOk {
  static constexpr MethodId id = MethodId::channel_close_ok;
  static constexpr const char* name = "channel.close-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

}  // namespace koine::amqp
