// Frames of WebSocket (RFC 6455 5): bytes of a client in, whole messages out. Pure: no socket, no clock, no shard.
//
//    0               1               2               3
//   |F|R|R|R| opcode |M| length      | 16 or 64 bits of it      |  F: the message's last frame; R1: compressed (RFC 7692)
//   | masking key, if M              | payload, masked          |  M: always from a client, never from a server
//
// What a reader keeps is the message under way, which grows as bytes arrive, never by what a length says; between messages nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "protocols/http/websocket/close_code.h"

namespace koine::http {

class Inflater;

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

// RFC 6455 5.5.
inline constexpr std::size_t control_bytes_max = 125;
// A message in more pieces than this costs more to put together than to refuse.
inline constexpr std::size_t fragments_max = 4096;

// What a peer did that ends the connection.
struct Violation {
  CloseCode code = CloseCode::protocol_error;
  std::string_view sentence;  // a literal
};

struct WebSocketMessage {
  Opcode kind = Opcode::text;  // never a continuation
  // Whole, unmasked, inflated; text is valid UTF-8. Of a close: what follows its code.
  std::vector<std::byte> payload;
  std::uint16_t close_code = 0;  // 0: none was given
};

class FrameReader {
 public:
  // No inflater: no compression was agreed on. It outlives the reader and may be shared: it is used inside a call only.
  FrameReader(std::size_t message_bytes_max, Inflater* inflater)
      : message_bytes_max_(message_bytes_max), inflater_(inflater) {}

  // Takes from `bytes` up to the end of the next message, or all of them. After a violation: not again.
  std::expected<std::optional<WebSocketMessage>, Violation> next(ByteView& bytes);

  // Something has begun to arrive.
  bool is_in_message() const { return is_in_message_ || is_in_payload_ || head_size_ > 0; }
  // Of the message under way.
  std::size_t bytes_kept() const { return message_.capacity() + control_.capacity(); }

 private:
  std::expected<bool, Violation> read_head(ByteView& bytes);
  std::optional<Violation> begin_frame();
  std::optional<Violation> begin_control(Opcode opcode);
  std::optional<Violation> begin_data(Opcode opcode, bool is_compressed);
  std::expected<std::optional<WebSocketMessage>, Violation> end_frame();
  std::expected<WebSocketMessage, Violation> end_control();
  std::expected<WebSocketMessage, Violation> end_message();

  std::size_t message_bytes_max_;
  Inflater* inflater_;
  std::array<std::byte, 14> head_{};
  std::uint8_t head_size_ = 0;
  bool is_in_payload_ = false;
  bool is_control_ = false;
  bool is_final_ = false;
  bool is_in_message_ = false;  // between its first frame and its last
  bool is_compressed_ = false;
  Opcode control_kind_ = Opcode::ping;
  Opcode message_kind_ = Opcode::text;
  std::uint64_t left_ = 0;     // of the frame's payload
  std::uint32_t mask_at_ = 0;  // of the key's bytes, which is next
  std::size_t fragments_ = 0;
  std::vector<std::byte> message_;
  std::vector<std::byte> control_;
};

enum class Compressed : bool { no, yes };

// A server's frame: its head, to be followed by so many bytes.
void append_frame_head(std::string& out, Opcode opcode, std::size_t payload_size,
                       Compressed compressed = Compressed::no);
void append_frame(std::string& out, Opcode opcode, std::string_view payload);
// The reason is cut to what fits.
void append_close(std::string& out, CloseCode code, std::string_view reason);

}  // namespace koine::http
