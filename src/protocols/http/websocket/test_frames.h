// For tests: frames as a client makes them.
#pragma once

#include <string>
#include <string_view>

#include "protocols/http/websocket/frame.h"

namespace koine::http {

struct ClientFrame {
  Opcode opcode = Opcode::text;
  std::string_view payload;
  bool is_final = true;
  bool is_masked = true;
  unsigned reserved = 0;  // of the first byte: 0x40 says compressed
};

inline std::string encode(const ClientFrame& frame) {
  std::string head;
  append_frame_head(head, frame.opcode, frame.payload.size());
  unsigned first = static_cast<unsigned char>(head[0]) | frame.reserved;
  if (!frame.is_final) first &= 0x7FU;
  head[0] = static_cast<char>(first);
  if (!frame.is_masked) return head + std::string(frame.payload);
  head[1] = static_cast<char>(static_cast<unsigned char>(head[1]) | 0x80U);
  constexpr std::string_view key = "\x11\xA2\x33\x44";
  head += key;
  for (std::size_t n = 0; n < frame.payload.size(); ++n) {
    head += static_cast<char>(frame.payload[n] ^ key[n % key.size()]);
  }
  return head;
}

}  // namespace koine::http
