// CloseCode: why a WebSocket ends (RFC 6455 7.4.1).
#pragma once

#include <cstdint>

namespace koine::http {

enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported = 1003,   // a kind of message that is not taken here
  invalid_text = 1007,  // not UTF-8, not what its compression says
  policy = 1008,
  too_large = 1009,
  internal_error = 1011,
  restart = 1012,  // come again soon
};

// May stand in a close frame that a peer sends.
constexpr bool is_sendable(std::uint16_t code) {
  return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace koine::http
