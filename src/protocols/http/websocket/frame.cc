#include "protocols/http/websocket/frame.h"

#include <algorithm>
#include <utility>

#include "base/byte_order.h"
#include "protocols/http/utf8.h"
#include "protocols/http/websocket/deflate.h"

namespace koine::http {

namespace {

constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t compressed_bit = 0x40;
constexpr std::uint8_t reserved_bits = 0x30;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_16 = 126;
constexpr std::uint8_t length_64 = 127;

std::unexpected<Violation> violate(std::string_view sentence,
                                   CloseCode code = CloseCode::protocol_error) {
  return std::unexpected(Violation{code, sentence});
}

}  // namespace

// True: the head is whole.
std::expected<bool, Violation> FrameReader::read_head(ByteView& bytes) {
  while (!bytes.empty()) {
    head_[head_size_++] = bytes.front();
    bytes = bytes.subspan(1);
    if (head_size_ < 2) continue;
    const auto second = std::to_integer<std::uint8_t>(head_[1]);
    if ((second & mask_bit) == 0) return violate("a client's frames are masked");
    const std::uint8_t length = second & 0x7FU;
    const std::size_t size = 6U + (length == length_16 ? 2U : length == length_64 ? 8U : 0U);
    if (head_size_ == size) return true;
  }
  return false;
}

std::optional<Violation> FrameReader::begin_frame() {
  const auto first = std::to_integer<std::uint8_t>(head_[0]);
  const std::uint8_t length = std::to_integer<std::uint8_t>(head_[1]) & 0x7FU;
  left_ = length;
  if (length == length_16) {
    left_ = load_be<std::uint16_t>(&head_[2]);
    if (left_ < length_16) return Violation{CloseCode::protocol_error, "a length is not minimal"};
  } else if (length == length_64) {
    left_ = load_be<std::uint64_t>(&head_[2]);
    if (left_ <= 0xFFFF) return Violation{CloseCode::protocol_error, "a length is not minimal"};
  }
  mask_at_ = 0;
  is_final_ = (first & final_bit) != 0;
  const auto opcode = Opcode(first & 0xFU);
  if ((first & reserved_bits) != 0) {
    return Violation{CloseCode::protocol_error, "a reserved bit is set"};
  }
  is_control_ = (first & 0x8U) != 0;
  const bool is_compressed = (first & compressed_bit) != 0;
  if (!is_control_) return begin_data(opcode, is_compressed);
  if (is_compressed) return Violation{CloseCode::protocol_error, "a reserved bit is set"};
  return begin_control(opcode);
}

std::optional<Violation> FrameReader::begin_control(Opcode opcode) {
  if (opcode != Opcode::close && opcode != Opcode::ping && opcode != Opcode::pong) {
    return Violation{CloseCode::protocol_error, "an opcode is unknown"};
  }
  if (!is_final_) return Violation{CloseCode::protocol_error, "a control frame is in pieces"};
  if (left_ > control_bytes_max) {
    return Violation{CloseCode::protocol_error, "a control frame is larger than 125 bytes"};
  }
  control_kind_ = opcode;
  return std::nullopt;
}

std::optional<Violation> FrameReader::begin_data(Opcode opcode, bool is_compressed) {
  if (opcode == Opcode::continuation) {
    if (!is_in_message_) {
      return Violation{CloseCode::protocol_error, "a continuation of nothing"};
    }
    if (is_compressed) return Violation{CloseCode::protocol_error, "a reserved bit is set"};
    if (++fragments_ > fragments_max) {
      return Violation{CloseCode::policy, "a message is in too many pieces"};
    }
  } else if (opcode == Opcode::text || opcode == Opcode::binary) {
    if (is_in_message_) {
      return Violation{CloseCode::protocol_error, "a message begins inside another"};
    }
    if (is_compressed && inflater_ == nullptr) {
      return Violation{CloseCode::protocol_error, "compression was not agreed on"};
    }
    is_in_message_ = true;
    is_compressed_ = is_compressed;
    message_kind_ = opcode;
    fragments_ = 1;
  } else {
    return Violation{CloseCode::protocol_error, "an opcode is unknown"};
  }
  if (left_ > message_bytes_max_ - message_.size()) {
    return Violation{CloseCode::too_large, "a message is too large"};
  }
  return std::nullopt;
}

std::expected<std::optional<WebSocketMessage>, Violation> FrameReader::next(ByteView& bytes) {
  while (true) {
    if (!is_in_payload_) {
      const auto is_whole = read_head(bytes);
      if (!is_whole) return std::unexpected(is_whole.error());
      if (!*is_whole) return std::nullopt;
      if (const auto violation = begin_frame()) return std::unexpected(*violation);
      is_in_payload_ = true;
    }
    std::vector<std::byte>& payload = is_control_ ? control_ : message_;
    const std::size_t size = std::min<std::uint64_t>(left_, bytes.size());
    const std::size_t begin = payload.size();
    payload.insert(payload.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const std::byte* const key = &head_[head_size_ - 4U];
    for (std::size_t n = begin; n < payload.size(); ++n) {
      payload[n] ^= key[(mask_at_ + (n - begin)) & 3U];
    }
    mask_at_ = static_cast<std::uint32_t>(mask_at_ + size) & 3U;
    bytes = bytes.subspan(size);
    left_ -= size;
    if (left_ > 0) return std::nullopt;
    is_in_payload_ = false;
    head_size_ = 0;
    auto message = end_frame();
    if (!message || *message) return message;
  }
}

std::expected<std::optional<WebSocketMessage>, Violation> FrameReader::end_frame() {
  if (is_control_) {
    auto control = end_control();
    if (!control) return std::unexpected(control.error());
    return std::move(*control);
  }
  if (!is_final_) return std::nullopt;
  auto message = end_message();
  if (!message) return std::unexpected(message.error());
  return std::move(*message);
}

std::expected<WebSocketMessage, Violation> FrameReader::end_control() {
  WebSocketMessage message{.kind = control_kind_, .payload = std::exchange(control_, {})};
  if (message.kind != Opcode::close || message.payload.empty()) return message;
  if (message.payload.size() == 1) return violate("a close code has two bytes");
  message.close_code = load_be<std::uint16_t>(message.payload.data());
  message.payload.erase(message.payload.begin(), message.payload.begin() + 2);
  if (!is_sendable(message.close_code)) return violate("a close code is not one");
  if (!is_utf8(as_text(message.payload))) {
    return violate("a close reason is not UTF-8", CloseCode::invalid_text);
  }
  return message;
}

std::expected<WebSocketMessage, Violation> FrameReader::end_message() {
  is_in_message_ = false;
  WebSocketMessage message{.kind = message_kind_, .payload = std::exchange(message_, {})};
  if (is_compressed_) {
    std::vector<std::byte> inflated;
    switch (inflater_->inflate(message.payload, inflated, message_bytes_max_)) {
      case Inflater::Outcome::done: break;
      case Inflater::Outcome::too_large:
        return violate("a message is too large", CloseCode::too_large);
      case Inflater::Outcome::corrupt:
        return violate("a message can't be decompressed", CloseCode::invalid_text);
    }
    message.payload = std::move(inflated);
  }
  if (message.kind == Opcode::text && !is_utf8(as_text(message.payload))) {
    return violate("a text is not UTF-8", CloseCode::invalid_text);
  }
  return message;
}

void append_frame_head(std::string& out, Opcode opcode, std::size_t payload_size,
                       Compressed compressed) {
  out += static_cast<char>(final_bit | (compressed == Compressed::yes ? compressed_bit : 0U) |
                           static_cast<unsigned>(opcode));
  if (payload_size < length_16) {
    out += static_cast<char>(payload_size);
    return;
  }
  const bool is_short = payload_size <= 0xFFFF;
  out += static_cast<char>(is_short ? length_16 : length_64);
  for (int shift = is_short ? 8 : 56; shift >= 0; shift -= 8) {
    out += static_cast<char>((payload_size >> static_cast<unsigned>(shift)) & 0xFFU);
  }
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  append_frame_head(out, opcode, payload.size());
  out += payload;
}

void append_close(std::string& out, CloseCode code, std::string_view reason) {
  reason = reason.substr(0, control_bytes_max - 2);
  append_frame_head(out, Opcode::close, reason.size() + 2);
  out += static_cast<char>(static_cast<unsigned>(code) >> 8U);
  out += static_cast<char>(static_cast<unsigned>(code) & 0xFFU);
  out += reason;
}

}  // namespace koine::http
