// Chunk: one file of a shard's journal, written once. Layout (positions are bytes from the start of the file):
//
//   0             header      4096 bytes: what file this is
//   4096          entries     one after another, each at a multiple of 8 (entry.h)
//                 seal        the last entry; says where the parts behind it are
//   index         items       32 bytes an entry and log, grouped by log, by base offset; starts at a multiple of 4096
//   table         checksums   CRC-32C of each block_size of the file up to here, then of the table itself
//
// A cleaned chunk (cleaner.h) is a sealed one that was written whole beside the journal's sequence, from entries that
// older chunks held. Its sequence number has the top bit set, so that it is never replayed and never taken twice.
//
// An open chunk has no seal yet; its items and checksums are in memory. The end of the file may be zeros that
// were written ahead of need (tail.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/disk.h"
#include "journal/block_cache.h"
#include "journal/log.h"

namespace koine::journal {

inline constexpr std::uint32_t chunk_header_size = 4096;
inline constexpr std::uint32_t index_item_size = 32;
inline constexpr std::uint32_t chunk_format_version = 1;

// Which journal and which place in it a file belongs to.
struct ChunkIdentity {
  std::uint64_t journal = 0;  // random, the same for all files of a journal
  std::uint64_t sequence = 0;
  bool operator==(const ChunkIdentity&) const = default;
};

std::vector<std::byte> encode_chunk_header(
    const ChunkIdentity& identity);  // chunk_header_size bytes
Result<ChunkIdentity> decode_chunk_header(ByteView bytes);

inline constexpr std::uint64_t first_cleaned_chunk = std::uint64_t{1} << 63U;
constexpr bool is_cleaned(std::uint64_t sequence) { return sequence >= first_cleaned_chunk; }

inline constexpr std::uint32_t footer_size = 20;

// Where the parts of a sealed chunk are.
struct ChunkFooter {
  std::uint32_t index_position = 0;
  std::uint32_t index_count = 0;
  std::uint32_t table_position = 0;
  std::uint32_t file_size = 0;
  std::uint32_t index_checksum = 0;  // CRC-32C of the items, which share blocks with entries

  // Of a chunk whose entries end at `position`, where its seal is to be.
  static ChunkFooter behind(std::uint32_t position, ByteView index);

  std::vector<std::byte> encode() const;  // the body of the seal entry, footer_size bytes
  static Result<ChunkFooter> decode(ByteView body);
};

void encode_index_item(const IndexItem& item, std::byte* to);
IndexItem decode_index_item(const std::byte* from);

// The bytes of the table, from the checksums of the blocks.
std::vector<std::byte> encode_checksum_table(std::span<const std::uint32_t> checksums);
// Corrupt: the table's own checksum does not hold.
Result<std::vector<std::uint32_t>> decode_checksum_table(ByteView bytes);

// "chunk-000000000000002a"; of a cleaned chunk "cleaned-8000000100000001".
std::string chunk_file_name(std::uint64_t sequence);
std::optional<std::uint64_t> parse_chunk_file_name(std::string_view name);

class Chunk {
 public:
  Chunk(std::uint64_t sequence, std::string path) : sequence_(sequence), path_(std::move(path)) {}

  std::uint64_t sequence() const { return sequence_; }
  const std::string& path() const { return path_; }

  // Open on first use; null until then.
  std::shared_ptr<io::File> file;

  // Empty: open.
  std::optional<ChunkFooter> footer;

  // By block; of an open chunk those of full blocks, of a sealed one read on first use.
  std::vector<std::uint32_t> block_checksums;

  // Positions of bodies whose entries' checksums don't hold; reads of them fail.
  std::set<std::uint32_t> damaged_bodies;

  // Extents that point here. None left: the file can go.
  std::uint32_t extent_count = 0;
  std::uint64_t extent_bytes = 0;

  // Checkpoints below this number may have extents here that were moved to a cleaned chunk or given up, which no replay
  // would find out; 0: none has.
  std::uint64_t listed_before_checkpoint = 0;

  // Of a cleaned chunk: the records in it that were needed when it was written; 0: not known.
  std::uint64_t needed_when_written = 0;

 private:
  std::uint64_t sequence_;
  std::string path_;
};

}  // namespace koine::journal
