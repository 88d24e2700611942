// Which protocol a connection speaks, from its first bytes. Pure.
//
//   16 03 0x ..                    TLS handshake record (RFC 8446 5.1): shake hands, then look again inside
//   ss ss ss ss kk kk vv vv        Kafka: size of the frame, API key, version; all plausible
//   "GET ", "POST ", ...           HTTP
//   "AMQP"                         AMQP
//
// No two of them can be mixed up: as a frame's size, 16 03, "GET " and "AMQP" are above 350 MiB, and a Kafka request is
// below 256 MiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace koine::server {

enum class Detected : std::uint8_t { undecided, tls, kafka, http, amqp, unknown };

// As many bytes as it ever takes to decide.
inline constexpr std::size_t detect_bytes_max = 8;

// undecided: every protocol that these bytes may begin needs more of them.
Detected detect(ByteView first);

std::string_view name_of(Detected detected);

}  // namespace koine::server
