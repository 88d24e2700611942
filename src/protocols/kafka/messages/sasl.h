// SaslHandshake (17) and SaslAuthenticate (36): choosing a mechanism, and its rounds. The bytes are views into the frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocols/kafka/api.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/field_spec.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

struct SaslHandshakeRequest {
  static constexpr ApiKey api = ApiKey::sasl_handshake;
  static constexpr Direction direction = Direction::request;

  std::string mechanism;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("mechanism", x.mechanism);
  }
};

struct SaslHandshakeResponse {
  static constexpr ApiKey api = ApiKey::sasl_handshake;
  static constexpr Direction direction = Direction::response;

  KafkaError error_code = KafkaError::none;
  std::vector<std::string> mechanisms;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("error_code", x.error_code);
    v("mechanisms", x.mechanisms);
  }
};

struct SaslAuthenticateRequest {
  static constexpr ApiKey api = ApiKey::sasl_authenticate;
  static constexpr Direction direction = Direction::request;

  ByteView auth_bytes;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("auth_bytes", x.auth_bytes);
  }
};

struct SaslAuthenticateResponse {
  static constexpr ApiKey api = ApiKey::sasl_authenticate;
  static constexpr Direction direction = Direction::response;

  KafkaError error_code = KafkaError::none;
  std::optional<std::string> error_message;
  ByteView auth_bytes;
  std::int64_t session_lifetime_ms = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("error_code", x.error_code);
    v("error_message", x.error_message);
    v("auth_bytes", x.auth_bytes);
    v("session_lifetime_ms", x.session_lifetime_ms, since(1));
  }
};

}  // namespace koine::kafka
