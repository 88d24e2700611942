// Record batch: the unit in which records arrive, are stored and are sent: Kafka's format 2, byte for byte.
//
//   0            8       12      16     17   21          23                27
//   | base offset | length | epoch | magic | crc | attributes | last offset delta | base timestamp ...
//   35              43            51               53              57             61
//   | max timestamp | producer id | producer epoch | base sequence | record count | records ...
//
// Big-endian. The length counts from byte 12. The CRC-32C covers byte 21 to the end, so base offset and epoch can be
// written in without touching it; the records may be compressed as one piece (core/compression.h). Reading records:
// record_reader.h; making batches: batch_builder.h. Plain functions on bytes; no owner, any shard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/units.h"
#include "core/compression.h"
#include "core/topic.h"

namespace koine::core {

inline constexpr std::size_t batch_header_size = 61;
// Where what the CRC covers begins: after base offset, length, epoch, magic and CRC.
inline constexpr std::size_t batch_crc_start = 21;
// Bytes before those that the length field counts.
inline constexpr std::size_t batch_length_start = 12;
inline constexpr std::int8_t batch_magic = 2;

inline constexpr ProducerId no_producer{-1};

// What an append accepts.
struct BatchLimits {
  std::size_t batch_bytes_max = 1'048'588;
};

struct BatchHeader {
  Offset base_offset;
  std::size_t size = 0;  // of the whole batch in bytes
  std::int32_t leader_epoch = 0;
  std::uint32_t crc = 0;
  Compression compression = Compression::none;
  TimestampSource timestamp_source = TimestampSource::producer;
  bool is_transactional = false;
  bool is_control = false;
  std::int32_t last_offset_delta = 0;
  WallTimeMs base_timestamp = 0;
  WallTimeMs max_timestamp = 0;  // -1: the records have none
  ProducerId producer_id = no_producer;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t record_count = 0;

  bool has_producer() const { return producer_id != no_producer; }
  // One past the offset of the last record.
  Offset end_offset() const { return base_offset + (std::int64_t{last_offset_delta} + 1); }
};

// The header of the batch at the start of `bytes`, without checking its CRC. Errors: corrupt (too short, or a length that
// goes past the end), unsupported (format 0 or 1, unknown attributes or compression).
Result<BatchHeader> decode_batch_header(ByteView bytes);

// That `bytes` is exactly one batch that a client may append. Reads all of it once, for the CRC.
// Errors: too_large (over the limit), corrupt (length, CRC), unsupported (formats 0 and 1; transactions), invalid_argument
// (several batches, control batches, counts, timestamps, sequences that make no sense).
Result<BatchHeader> verify_batch(ByteView bytes, const BatchLimits& limits);

// Length and CRC only: for what is read from disk or another server. Errors: corrupt, unsupported.
Result<BatchHeader> check_batch(ByteView bytes);

// Cuts the first batch off `rest`, which holds whole batches one after another (a fetch response, several entries).
// Errors: as decode_batch_header.
Result<ByteView> take_batch(ByteView& rest);

// The first bytes of a batch as they are stored; what follows them is stored as it arrived.
using BatchPrefix = std::array<std::byte, batch_crc_start>;
BatchPrefix stored_prefix(ByteView batch, Offset base_offset, std::int32_t leader_epoch);

// The same for TimestampSource::append: the whole header, with its timestamp type, its largest timestamp and a new CRC,
// which is computed without reading the records again. `batch` was verified.
using StoredHeader = std::array<std::byte, batch_header_size>;
StoredHeader stored_header_at(ByteView batch, Offset base_offset, std::int32_t leader_epoch,
                              WallTimeMs append_time_ms);

// The checksum of the records alone (byte 61 to the end), from the batch's own CRC, without reading them.
std::uint32_t records_crc(ByteView batch);

}  // namespace koine::core
