// Compression of record batches, as Kafka's clients do it: the four codecs and their framings.
//
//   gzip    RFC 1952                           snappy  raw, or in the frames of the xerial Java library
//   lz4     LZ4 frame format                   zstd    RFC 8878
//
// Stateless. Output is bounded by the caller: a bomb costs at most `size_max` bytes and gives too_large.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace koine::core {

// The numbers are those of a record batch's attributes.
enum class Compression : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

inline constexpr std::uint8_t compression_last = 4;

// "none", "gzip", ...
std::string_view name_of(Compression compression);

// Snappy is written in xerial frames, which every client reads. Errors: too_large (over 2 GiB).
Result<std::vector<std::byte>> compress(Compression compression, ByteView bytes);

// Errors: corrupt (not that format, or cut short), too_large (more than size_max bytes come out).
Result<std::vector<std::byte>> decompress(Compression compression, ByteView bytes,
                                          std::size_t size_max);

}  // namespace koine::core
