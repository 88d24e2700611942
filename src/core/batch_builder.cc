#include "core/batch_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "base/byte_order.h"
#include "base/crc32c.h"
#include "core/varint.h"

namespace koine::core {
namespace {

void write_bytes(std::vector<std::byte>& to, ByteView bytes) {
  write_varint(to, static_cast<std::int64_t>(bytes.size()));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void write_nullable(std::vector<std::byte>& to, std::optional<ByteView> bytes) {
  if (bytes) {
    write_bytes(to, *bytes);
  } else {
    write_varint(to, -1);
  }
}

// Lengths, deltas, attributes and counts at their longest.
std::size_t size_estimate(const NewRecord& record) {
  std::size_t size = 32 + (record.key ? record.key->size() : 0);
  size += record.value ? record.value->size() : 0;
  for (const RecordHeader& header : record.headers) {
    size += 10 + header.key.size() + (header.value ? header.value->size() : 0);
  }
  return size;
}

}  // namespace

void BatchBuilder::add(const NewRecord& record) {
  if (record_count_ == 0) base_timestamp_ = max_timestamp_ = record.timestamp;
  max_timestamp_ = std::max(max_timestamp_, record.timestamp);
  std::vector<std::byte> body;
  body.reserve(size_estimate(record));
  body.push_back(std::byte{0});  // attributes
  write_varint(body, record.timestamp - base_timestamp_);
  write_varint(body, record_count_);
  write_nullable(body, record.key);
  write_nullable(body, record.value);
  write_varint(body, static_cast<std::int64_t>(record.headers.size()));
  for (const RecordHeader& header : record.headers) {
    write_bytes(body, as_bytes(header.key));
    write_nullable(body, header.value);
  }
  if (records_.empty()) records_.reserve(body.size() + 5);
  write_bytes(records_, body);
  ++record_count_;
}

Result<Bytes> BatchBuilder::build(const BatchOptions& options) {
  if (record_count_ == 0) return fail(ErrorCode::invalid_argument, "a batch needs a record");
  std::vector<std::byte> stored = std::exchange(records_, {});
  const std::int32_t count = std::exchange(record_count_, 0);
  if (options.compression != Compression::none) {
    TRY(stored, compress(options.compression, stored));
  }
  const std::size_t size = batch_header_size + stored.size();
  if (size > std::numeric_limits<std::int32_t>::max()) {
    return fail(ErrorCode::too_large, fmt::format("a batch of {} bytes", size));
  }
  auto buffer = std::make_shared_for_overwrite<std::byte[]>(size);
  std::byte* to = buffer.get();
  const auto append_time = options.timestamp_source == TimestampSource::append ? 0x08 : 0;
  store_be(to, options.base_offset.value());
  store_be(to + 8, static_cast<std::int32_t>(size - batch_length_start));
  store_be(to + 12, options.leader_epoch);
  store_be(to + 16, batch_magic);
  store_be(to + 21, static_cast<std::int16_t>(static_cast<int>(options.compression) | append_time));
  store_be<std::int32_t>(to + 23, count - 1);
  store_be(to + 27, base_timestamp_);
  store_be(to + 35, max_timestamp_);
  store_be(to + 43, options.producer_id.value());
  store_be(to + 51, options.producer_epoch);
  store_be(to + 53, options.base_sequence);
  store_be(to + 57, count);
  std::copy(stored.begin(), stored.end(), to + batch_header_size);
  store_be(to + 17, crc32c(ByteView(to + batch_crc_start, size - batch_crc_start)));
  return Bytes(std::move(buffer), 0, size);
}

}  // namespace koine::core
