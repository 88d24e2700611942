// BatchBuilder: makes a record batch from records; what producers do. Used by the command line, by protocols whose
// messages are not batches already, and by tests.
//
//   BatchBuilder builder;
//   builder.add({.timestamp = now, .key = key, .value = value});
//   TRY(const Bytes batch, builder.build({.compression = Compression::zstd}));
//
// One owner, any shard. The base offset is 0 until the partition writes the true one in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "core/record_batch.h"
#include "core/record_reader.h"

namespace koine::core {

// All memory is copied by add().
struct NewRecord {
  WallTimeMs timestamp = 0;
  std::optional<ByteView> key;
  std::optional<ByteView> value;
  std::span<const RecordHeader> headers;
};

struct BatchOptions {
  Compression compression = Compression::none;
  ProducerId producer_id = no_producer;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  Offset base_offset{0};
  std::int32_t leader_epoch = -1;  // not known
  TimestampSource timestamp_source = TimestampSource::producer;
};

class BatchBuilder {
 public:
  // The record gets the next offset delta.
  void add(const NewRecord& record);

  std::int32_t record_count() const { return record_count_; }
  // Of the batch if it were built now without compression.
  std::size_t size() const { return batch_header_size + records_.size(); }

  // The batch so far; the builder is empty afterwards. Errors: invalid_argument (no records), too_large.
  Result<Bytes> build(const BatchOptions& options);

 private:
  std::vector<std::byte> records_;
  std::int32_t record_count_ = 0;
  WallTimeMs base_timestamp_ = 0;
  WallTimeMs max_timestamp_ = 0;
};

}  // namespace koine::core
