// RecordReader: the records of one batch, one after another, decompressed within a limit.
//
//   TRY(auto reader, RecordReader::open(batch, 32 * MiB));
//   while (true) { TRY(const auto record, reader.next()); if (!record) break; ... }
//
// A record, after decompression (KIP-98; all numbers are zigzag varints but the attributes byte):
//   length | attributes | timestamp delta | offset delta | key length | key | value length | value | headers
//
// Records view the batch or the reader's own buffer: valid while both live. No shard; never allocates for a length that
// was not compared with the bytes that are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "core/record_batch.h"

namespace koine::core {

struct RecordHeader {
  std::string_view key;
  std::optional<ByteView> value;
};

struct Record {
  Offset offset;
  WallTimeMs timestamp = 0;  // the batch's largest with TimestampSource::append
  std::optional<ByteView> key;
  std::optional<ByteView> value;
  std::vector<RecordHeader> headers;
};

class RecordReader {
 public:
  // `batch` begins with a batch and must stay. Errors: as decode_batch_header and decompress.
  static Result<RecordReader> open(ByteView batch, std::size_t decompressed_bytes_max);

  // The next record; nullopt after the last. Errors: corrupt (also when bytes are left over after the last record).
  Result<std::optional<Record>> next();
  // The same without making a record each time: false after the last.
  Result<bool> next(Record& record);

  const BatchHeader& header() const { return header_; }
  // Of its own buffer.
  std::size_t decompressed_bytes() const { return decompressed_.size(); }

 private:
  RecordReader(const BatchHeader& header, ByteView stored, std::vector<std::byte> decompressed);

  BatchHeader header_;
  std::vector<std::byte> decompressed_;
  ByteView rest_;
  std::int32_t records_left_;
};

}  // namespace koine::core
