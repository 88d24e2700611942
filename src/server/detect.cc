#include "server/detect.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/byte_order.h"
#include "base/units.h"

namespace koine::server {

namespace {

// Above the largest kafka.request_bytes_max, and below what the others' first bytes would be as a size. The first frame may be
// a large one: some clients produce on a new connection without asking anything before.
constexpr std::int32_t kafka_frame_bytes_max = 256 * MiB - 1;
// API key, version and correlation id.
constexpr std::int32_t kafka_frame_bytes_min = 8;
constexpr std::int16_t kafka_api_key_max = 200;
constexpr std::int16_t kafka_version_max = 50;
// Gets an answer whatever its version is (KIP-511), so that a client of the future learns ours.
constexpr std::int16_t kafka_api_versions = 18;

constexpr std::array<std::string_view, 10> http_starts{"GET ",   "PUT ",    "HEAD ",    "POST ",
                                                       "PATCH ", "DELETE ", "OPTIONS ", "CONNECT ",
                                                       "TRACE ", "PRI * "};

enum class Match : std::uint8_t { no, maybe, yes };

Match match_text(std::string_view bytes, std::string_view start) {
  const std::size_t size = std::min(bytes.size(), start.size());
  if (bytes.substr(0, size) != start.substr(0, size)) return Match::no;
  return size == start.size() ? Match::yes : Match::maybe;
}

Match match_http(std::string_view bytes) {
  Match best = Match::no;
  for (const std::string_view start : http_starts) {
    best = std::max(
        best, match_text(bytes.substr(0, detect_bytes_max), start.substr(0, detect_bytes_max)));
  }
  return best;
}

// Record type handshake (22) and legacy version 3.1 to 3.4; older ones nobody may speak.
Match match_tls(std::string_view bytes) {
  const Match start = match_text(bytes, "\x16\x03");
  if (start != Match::yes) return start;
  if (bytes.size() < 3) return Match::maybe;
  return bytes[2] >= 0 && bytes[2] <= 4 ? Match::yes : Match::no;
}

// Also from part of the first 8 bytes, so that others are turned away at once.
Match match_kafka(ByteView bytes) {
  if (!bytes.empty() && bytes[0] > std::byte{kafka_frame_bytes_max >> 24}) return Match::no;
  if (bytes.size() < 4) return Match::maybe;
  const auto size = load_be<std::int32_t>(bytes.data());
  if (size < kafka_frame_bytes_min || size > kafka_frame_bytes_max) return Match::no;
  if (bytes.size() < detect_bytes_max) return Match::maybe;
  const auto api_key = load_be<std::int16_t>(bytes.data() + 4);
  const auto version = load_be<std::int16_t>(bytes.data() + 6);
  const bool is_plausible = api_key >= 0 && api_key <= kafka_api_key_max && version >= 0 &&
                            (version <= kafka_version_max || api_key == kafka_api_versions);
  return is_plausible ? Match::yes : Match::no;
}

}  // namespace

Detected detect(ByteView first) {
  const std::string_view text = as_text(first);
  struct Candidate {
    Detected protocol;
    Match match;
  };
  const std::array candidates{Candidate{Detected::tls, match_tls(text)},
                              Candidate{Detected::kafka, match_kafka(first)},
                              Candidate{Detected::http, match_http(text)},
                              Candidate{Detected::amqp, match_text(text, "AMQP")}};
  for (const Candidate& candidate : candidates) {
    if (candidate.match == Match::yes) return candidate.protocol;
  }
  const bool may_become_one =
      std::ranges::any_of(candidates, [](const Candidate& c) { return c.match == Match::maybe; });
  return may_become_one ? Detected::undecided : Detected::unknown;
}

std::string_view name_of(Detected detected) {
  switch (detected) {
    case Detected::undecided: return "undecided";
    case Detected::tls: return "TLS";
    case Detected::kafka: return "Kafka";
    case Detected::http: return "HTTP";
    case Detected::amqp: return "AMQP";
    case Detected::unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace koine::server
