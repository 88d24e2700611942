// Entry: the unit of the journal, as bytes in a chunk. Little-endian, starts at a multiple of 8:
//
//    0  u32 crc            CRC-32C of everything after it, up to `length`
//    4  u32 length         header and body; the padding to a multiple of 8 not counted
//    8  u64 epoch          of the writer; grows with every opening and every rollback
//   16  u32 chunk          low half of the chunk's sequence number
//   20  u32 synced         in this chunk, what lay below was durable when this entry was appended
//   24  i64 timestamp_max  milliseconds; the largest of its records
//   32  u32 record_count   offsets that it takes
//   36  u16 target_count   logs to which it belongs, at least 1
//   38  u8  kind
//   39  u8  flags          bit 0: the next entry belongs to the same group, all or none
//   40  u64 log, i64 base_offset
//   56  the same of every further target, 16 bytes each
//       body
//
// Data of several targets is stored once; each of the logs has an index item that points to the body. A cleaned chunk has a
// copy for each log that needs it.
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
inline constexpr std::size_t entry_target_size = 16;

// A log to which an entry belongs, and the offset of its first record there.
struct EntryTarget {
  LogId log;
  Offset base_offset;
  bool operator==(const EntryTarget&) const = default;
};

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
  std::uint16_t target_count = 1;
  LogId log;  // of the first target
  Offset base_offset;

  // With the further targets.
  std::uint32_t size() const {
    return static_cast<std::uint32_t>(entry_header_size + (target_count - 1) * entry_target_size);
  }
  std::uint32_t body_size() const { return length - size(); }
};

// Of the entry whose body the item points to. All sizes in bytes, without padding.
constexpr std::uint64_t header_size(const IndexItem& item) {
  return entry_header_size + std::uint64_t{item.further_targets} * entry_target_size;
}
constexpr std::uint64_t entry_size(const IndexItem& item) {
  return header_size(item) + item.body_size;
}
constexpr std::uint64_t entry_position(const IndexItem& item) {
  return item.body_position - header_size(item);
}

constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// Header bytes for these fields; sets header.length and header.crc from the parts that follow them: of several targets
// the further ones, then the body's.
std::array<std::byte, entry_header_size> encode_header(EntryHeader& header,
                                                       std::span<const Part> parts);
std::vector<std::byte> encode_further_targets(std::span<const EntryTarget> targets);

// The fields, if they can be an entry at all (sizes and enums in range); says nothing about the checksum.
std::optional<EntryHeader> decode_header(ByteView bytes);

// Those behind the first. `entry` holds at least header.size() bytes.
std::vector<EntryTarget> further_targets(const EntryHeader& header, ByteView entry);

// `entry` is the whole entry, header.length bytes.
bool checksum_holds(ByteView entry);

}  // namespace koine::journal
