#include "protocols/http/websocket/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/units.h"
#include "protocols/http/message.h"

namespace koine::http {

namespace {

// Raw deflate, no header (zlib.h).
constexpr int window_bits = -15;
constexpr std::array<std::byte, 4> message_tail{std::byte{0}, std::byte{0}, std::byte{0xFF},
                                                std::byte{0xFF}};

Bytef* bytes_of(const void* memory) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): zlib does not write to its input.
  return static_cast<Bytef*>(const_cast<void*>(memory));
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// Cuts what comes before the next separator off.
std::string_view take_part(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = trim(rest.substr(0, end));
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

bool is_acceptable(std::string_view offer) {
  if (!equal_ignoring_case(take_part(offer, ';'), "permessage-deflate")) return false;
  while (!offer.empty()) {
    std::string_view parameter = take_part(offer, ';');
    const std::string_view name = take_part(parameter, '=');
    const std::string_view value = trim(parameter);
    const bool is_flag =
        name == "server_no_context_takeover" || name == "client_no_context_takeover";
    if (is_flag && value.empty()) continue;
    // A client's own window may be anything; ours has its full size.
    if (name == "client_max_window_bits") continue;
    if (name == "server_max_window_bits" && (value == "15" || value == "\"15\"")) continue;
    return false;
  }
  return true;
}

}  // namespace

struct Inflater::State {
  State() { CHECK(inflateInit2(&stream, window_bits) == Z_OK); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { inflateEnd(&stream); }
  z_stream stream{};
};

Inflater::Inflater() = default;
Inflater::~Inflater() = default;

Inflater::Outcome Inflater::inflate(ByteView compressed, std::vector<std::byte>& to,
                                    std::size_t bytes_max) {
  if (state_ == nullptr) state_ = std::make_unique<State>();
  z_stream& stream = state_->stream;
  CHECK(inflateReset(&stream) == Z_OK);
  std::array<std::byte, 16 * KiB> part;
  for (const ByteView input : {compressed, ByteView(message_tail)}) {
    stream.next_in = bytes_of(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    do {
      stream.next_out = bytes_of(part.data());
      stream.avail_out = static_cast<uInt>(part.size());
      const int outcome = ::inflate(&stream, Z_SYNC_FLUSH);
      const std::size_t size = part.size() - stream.avail_out;
      if (size > bytes_max - to.size()) return Outcome::too_large;
      to.insert(to.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(size));
      // A final block ends the message early (RFC 7692 7.2.3.5); the tail belongs to it then.
      if (outcome == Z_STREAM_END) return Outcome::done;
      if (outcome != Z_OK && outcome != Z_BUF_ERROR) return Outcome::corrupt;
      if (outcome == Z_BUF_ERROR && size == 0) break;
    } while (stream.avail_in > 0 || stream.avail_out == 0);
  }
  return Outcome::done;
}

struct Deflater::State {
  State() {
    constexpr int memory_level = 8;
    CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits, memory_level,
                       Z_DEFAULT_STRATEGY) == Z_OK);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { deflateEnd(&stream); }
  z_stream stream{};
};

Deflater::Deflater() = default;
Deflater::~Deflater() = default;

std::string_view Deflater::deflate(std::string_view message) {
  if (state_ == nullptr) state_ = std::make_unique<State>();
  z_stream& stream = state_->stream;
  CHECK(deflateReset(&stream) == Z_OK);
  compressed_.resize(deflateBound(&stream, message.size()) + 16);
  stream.next_in = bytes_of(message.data());
  stream.avail_in = static_cast<uInt>(message.size());
  stream.next_out = bytes_of(compressed_.data());
  stream.avail_out = static_cast<uInt>(compressed_.size());
  CHECK(::deflate(&stream, Z_SYNC_FLUSH) == Z_OK && stream.avail_in == 0);
  const std::size_t size = compressed_.size() - stream.avail_out;
  CHECK(size >= message_tail.size());
  return std::string_view(compressed_).substr(0, size - message_tail.size());
}

std::optional<std::string> accept_deflate(std::string_view offers) {
  while (!offers.empty()) {
    if (is_acceptable(take_part(offers, ','))) {
      return "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    }
  }
  return std::nullopt;
}

}  // namespace koine::http
