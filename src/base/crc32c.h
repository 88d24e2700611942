// CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of journal entries and of record batches.
//
// `crc32c(b, crc32c(a))` is the checksum of a followed by b; the checksum of nothing is 0.
// `crc32c_combine` gives the same from the two checksums and b's length, without touching the bytes, so that
// a batch whose checksum was verified on arrival is not read again to checksum the journal entry around it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace koine {

std::uint32_t crc32c(ByteView bytes, std::uint32_t before = 0);

std::uint32_t crc32c_combine(std::uint32_t first, std::uint32_t second, std::size_t second_size);

}  // namespace koine
