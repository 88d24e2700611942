// Entry: the unit of the journal, as bytes in a chunk. Little-endian, starts at a multiple of 8:
//
//    0  u32 crc            CRC-32C of everything after it, up to `length`
//    4  u32 length         header and body; the padding to a multiple of 8 not counted
//    8  u64 epoch          of the writer; grows with every opening and every rollback
//   16  u32 chunk          low half of the chunk's sequence number
//   20  u32 synced         in this chunk, what lay below was durable when this entry was appended
//   24  i64 timestamp_max  milliseconds; the largest of its records
//   32  u32 record_count   offsets that it takes
//   36  u16 target_count   logs to which it belongs: 1
//   38  u8  kind
//   39  u8  flags          bit 0: the next entry belongs to the same group, all or none
//   40  u64 log, i64 base_offset
//   56  body
//
// What ends a scan is decided by `epoch`, `chunk` and `synced`: an entry of an older epoch than the one before it is a
// leftover of an append that was taken back; a good entry that says that it was written when a damaged one was
// durable already proves that the damage is not a torn tail.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/units.h"
#include "journal/journal.h"

namespace koine::journal {

enum class EntryKind : std::uint8_t {
  data = 1,
  trim = 2,  // records below base_offset are given up; no body
  drop = 3,  // the log is gone; no body
  seal = 4,  // the last entry of a chunk; body: see chunk_footer.h
};

inline constexpr std::size_t entry_header_size = 56;
inline constexpr std::size_t entry_alignment = 8;

struct EntryHeader {
  std::uint32_t crc = 0;
  std::uint32_t length = 0;
  std::uint64_t epoch = 0;
  std::uint32_t chunk = 0;
  std::uint32_t synced = 0;
  WallTimeMs timestamp_max = 0;
  std::uint32_t record_count = 0;
  EntryKind kind = EntryKind::data;
  bool continues = false;
  LogId log;
  Offset base_offset;

  std::uint32_t body_size() const { return length - static_cast<std::uint32_t>(entry_header_size); }
};

constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// Header bytes for these fields; sets header.length and header.crc from the body's parts.
std::array<std::byte, entry_header_size> encode_header(EntryHeader& header,
                                                       std::span<const Part> body);

// The fields, if they can be an entry at all (sizes and enums in range); says nothing about the checksum.
std::optional<EntryHeader> decode_header(ByteView bytes);

// `entry` is the whole entry, header.length bytes.
bool checksum_holds(ByteView entry);

}  // namespace koine::journal
