#include "core/record_reader.h"

#include <fmt/format.h>

#include <utility>

#include "core/varint.h"

namespace koine::core {
namespace {

std::unexpected<Error> past_end() {
  return fail(ErrorCode::corrupt, "a field goes past the end of its record");
}

Result<ByteView> take(ByteView& rest, std::int32_t size) {
  if (size < 0 || static_cast<std::size_t>(size) > rest.size()) return past_end();
  const ByteView part = rest.first(static_cast<std::size_t>(size));
  rest = rest.subspan(part.size());
  return part;
}

// Lengths and deltas. False: cut short, or over 32 bits: the slow way says which.
bool take_number(ByteView& rest, std::int32_t& number) {
  std::int64_t wide = 0;
  if (!try_read_varint64(rest, wide)) return false;
  number = static_cast<std::int32_t>(wide);
  return number == wide;
}

// A length of -1 is no value.
Result<> take_nullable(ByteView& rest, std::optional<ByteView>& value) {
  const ByteView before = rest;
  std::int32_t size = 0;
  if (!take_number(rest, size)) {
    rest = before;
    TRY(read_varint32(rest));
  }
  if (size == -1) {
    value.reset();
    return {};
  }
  if (size < 0 || static_cast<std::size_t>(size) > rest.size()) return past_end();
  value = rest.first(static_cast<std::size_t>(size));
  rest = rest.subspan(value->size());
  return {};
}

Result<> take_headers(ByteView& rest, std::vector<RecordHeader>& headers) {
  headers.clear();
  TRY(const std::int32_t count, read_varint32(rest));
  // A header is at least two lengths.
  if (count < 0 || static_cast<std::size_t>(count) > rest.size() / 2) return past_end();
  headers.reserve(static_cast<std::size_t>(count));
  for (std::int32_t n = 0; n < count; ++n) {
    TRY(const std::int32_t key_size, read_varint32(rest));
    TRY(const ByteView key, take(rest, key_size));
    RecordHeader& header = headers.emplace_back();
    header.key = as_text(key);
    TRY(take_nullable(rest, header.value));
  }
  return {};
}

}  // namespace

RecordReader::RecordReader(const BatchHeader& header, ByteView stored,
                           std::vector<std::byte> decompressed)
    : header_(header),
      decompressed_(std::move(decompressed)),
      rest_(header.compression == Compression::none ? stored : ByteView(decompressed_)),
      records_left_(header.record_count) {}

Result<RecordReader> RecordReader::open(ByteView batch, std::size_t decompressed_bytes_max) {
  TRY(const BatchHeader header, decode_batch_header(batch));
  const ByteView stored = batch.first(header.size).subspan(batch_header_size);
  if (header.compression == Compression::none) return RecordReader(header, stored, {});
  TRY(auto decompressed, decompress(header.compression, stored, decompressed_bytes_max));
  return RecordReader(header, stored, std::move(decompressed));
}

Result<bool> RecordReader::next(Record& record) {
  if (records_left_ <= 0) {
    if (!rest_.empty())
      return fail(ErrorCode::corrupt, "bytes are left over after the last record");
    return false;
  }
  TRY(const std::int32_t size, read_varint32(rest_));
  TRY(ByteView fields, take(rest_, size));
  TRY(take(fields, 1));  // attributes; none is defined
  TRY(const std::int64_t timestamp_delta, read_varint64(fields));
  TRY(const std::int32_t offset_delta, read_varint32(fields));
  if (offset_delta < 0 || offset_delta > header_.last_offset_delta) {
    return fail(ErrorCode::corrupt,
                fmt::format("a record's offset delta is {}, the batch's last {}", offset_delta,
                            header_.last_offset_delta));
  }
  record.offset = header_.base_offset + offset_delta;
  if (header_.timestamp_source == TimestampSource::append) {
    record.timestamp = header_.max_timestamp;
  } else if (__builtin_add_overflow(header_.base_timestamp, timestamp_delta, &record.timestamp)) {
    return fail(ErrorCode::corrupt, "a record's timestamp is over 64 bits");
  }
  TRY(take_nullable(fields, record.key));
  TRY(take_nullable(fields, record.value));
  TRY(take_headers(fields, record.headers));
  if (!fields.empty()) return past_end();
  --records_left_;
  return true;
}

Result<std::optional<Record>> RecordReader::next() {
  Record record;
  TRY(const bool is_there, next(record));
  if (!is_there) return std::nullopt;
  return record;
}

}  // namespace koine::core
