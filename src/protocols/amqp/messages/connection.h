// The connection class (10): who is there, what both sides can do, and the end.
#pragma once

#include <cstdint>
#include <string>

#include "core/queues/properties.h"
#include "protocols/amqp/method_id.h"
#include "protocols/amqp/wire.h"

namespace koine::amqp {

struct ConnectionStart {
  static constexpr MethodId id = MethodId::connection_start;
  static constexpr const char* name = "connection.start";
  std::uint8_t version_major = 0;
  std::uint8_t version_minor = 9;
  core::FieldTable server_properties;
  std::string mechanisms;
  std::string locales;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("version_major", x.version_major);
    v("version_minor", x.version_minor);
    v("server_properties", x.server_properties);
    v("mechanisms", long_text(x.mechanisms));
    v("locales", long_text(x.locales));
  }
};

struct ConnectionStartOk {
  static constexpr MethodId id = MethodId::connection_start_ok;
  static constexpr const char* name = "connection.start-ok";
  core::FieldTable client_properties;
  std::string mechanism;
  Secret response;
  std::string locale;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("client_properties", x.client_properties);
    v("mechanism", x.mechanism);
    v("response", x.response);
    v("locale", x.locale);
  }
};

struct ConnectionSecure {
  static constexpr MethodId id = MethodId::connection_secure;
  static constexpr const char* name = "connection.secure";
  std::string challenge;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("challenge", long_text(x.challenge));
  }
};

struct ConnectionSecureOk {
  static constexpr MethodId id = MethodId::connection_secure_ok;
  static constexpr const char* name = "connection.secure-ok";
  Secret response;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("response", x.response);
  }
};

struct ConnectionTune {
  static constexpr MethodId id = MethodId::connection_tune;
  static constexpr const char* name = "connection.tune";
  std::uint16_t channel_max = 0;
  std::uint32_t frame_max = 0;
  std::uint16_t heartbeat = 0;  // seconds

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("channel_max", x.channel_max);
    v("frame_max", x.frame_max);
    v("heartbeat", x.heartbeat);
  }
};

struct ConnectionTuneOk {
  static constexpr MethodId id = MethodId::connection_tune_ok;
  static constexpr const char* name = "connection.tune-ok";
  std::uint16_t channel_max = 0;
  std::uint32_t frame_max = 0;
  std::uint16_t heartbeat = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("channel_max", x.channel_max);
    v("frame_max", x.frame_max);
    v("heartbeat", x.heartbeat);
  }
};

struct ConnectionOpen {
  static constexpr MethodId id = MethodId::connection_open;
  static constexpr const char* name = "connection.open";
  std::string virtual_host;
  std::string capabilities;  // of AMQP 0-8
  bool insist = false;       // the same

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("virtual_host", x.virtual_host);
    v("capabilities", x.capabilities);
    v("insist", x.insist);
  }
};

struct ConnectionOpenOk {
  static constexpr MethodId id = MethodId::connection_open_ok;
  static constexpr const char* name = "connection.open-ok";
  std::string known_hosts;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("known_hosts", x.known_hosts);
  }
};

struct ConnectionClose {
  static constexpr MethodId id = MethodId::connection_close;
  static constexpr const char* name = "connection.close";
  std::uint16_t reply_code = 0;
  std::string reply_text;
  // Of the method that was the cause, or 0.
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

struct ConnectionCloseOk {
  static constexpr MethodId id = MethodId::connection_close_ok;
  static constexpr const char* name = "connection.close-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

// RabbitMQ: why publishers are not read from.
struct ConnectionBlocked {
  static constexpr MethodId id = MethodId::connection_blocked;
  static constexpr const char* name = "connection.blocked";
  std::string reason;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("reason", x.reason);
  }
};

struct ConnectionUnblocked {
  static constexpr MethodId id = MethodId::connection_unblocked;
  static constexpr const char* name = "connection.unblocked";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

// RabbitMQ: a password or token that replaces the one of the login.
struct ConnectionUpdateSecret {
  static constexpr MethodId id = MethodId::connection_update_secret;
  static constexpr const char* name = "connection.update-secret";
  Secret new_secret;
  std::string reason;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("new_secret", x.new_secret);
    v("reason", x.reason);
  }
};

struct ConnectionUpdateSecretOk {
  static constexpr MethodId id = MethodId::connection_update_secret_ok;
  static constexpr const char* name = "connection.update-secret-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

}  // namespace koine::amqp
