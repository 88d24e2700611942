// permessage-deflate (RFC 7692), without context between messages in either direction: so one inflater and one deflater serve all
// sockets of a shard, and a socket that waits costs no window. Bounded: what does not fit is given up while it grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace koine::http {

class Inflater {
 public:
  Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  enum class Outcome : std::uint8_t { done, too_large, corrupt };
  // Appends the message; never more than `bytes_max`.
  Outcome inflate(ByteView compressed, std::vector<std::byte>& to, std::size_t bytes_max);

 private:
  struct State;
  std::unique_ptr<State> state_;  // made when it is needed
};

class Deflater {
 public:
  Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater();

  // The payload of a compressed message (its last four bytes left out, RFC 7692 7.2.1); valid until the next call.
  std::string_view deflate(std::string_view message);

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::string compressed_;
};

// Below, compressing gains nothing.
inline constexpr std::size_t deflate_bytes_min = 256;

// What is answered to Sec-WebSocket-Extensions, if one of its offers can be taken: one that does not ask for a smaller window than
// there is.
std::optional<std::string> accept_deflate(std::string_view offers);

}  // namespace koine::http
