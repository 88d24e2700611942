#include "core/record_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "base/byte_order.h"
#include "core/batch_builder.h"
#include "core/varint.h"

namespace koine::core {
namespace {

constexpr std::size_t limit = 1 << 20;

// A batch of one record with these bytes behind its length.
std::vector<std::byte> batch_with(const std::vector<std::byte>& record, std::int64_t length) {
  BatchBuilder builder;
  builder.add({});
  const Bytes made = *builder.build({});
  std::vector<std::byte> bytes(made.view().begin(), made.view().begin() + batch_header_size);
  write_varint(bytes, length);
  bytes.insert(bytes.end(), record.begin(), record.end());
  store_be(bytes.data() + 8, static_cast<std::int32_t>(bytes.size() - batch_length_start));
  return bytes;
}

std::vector<std::byte> record_of(std::initializer_list<std::int64_t> numbers) {
  std::vector<std::byte> record{std::byte{0}};
  for (const auto number : numbers) write_varint(record, number);
  return record;
}

ErrorCode first_error(ByteView batch) {
  auto reader = RecordReader::open(batch, limit);
  if (!reader) return reader.error().code();
  while (true) {
    const auto record = reader->next();
    if (!record) return record.error().code();
    if (!*record) return ErrorCode::already_exists;
  }
}

ErrorCode first_error(const std::vector<std::byte>& record) {
  return first_error(ByteView(batch_with(record, static_cast<std::int64_t>(record.size()))));
}

TEST(RecordReader, GivesBackWhatWasBuilt) {
  for (std::uint8_t n = 0; n <= compression_last; ++n) {
    BatchBuilder builder;
    const std::array<RecordHeader, 2> headers = {RecordHeader{"trace", as_bytes("abc")},
                                                 RecordHeader{"none", std::nullopt}};
    builder.add(
        {.timestamp = 500, .key = as_bytes("k"), .value = as_bytes("v"), .headers = headers});
    builder.add({.timestamp = 400, .key = std::nullopt, .value = std::nullopt, .headers = {}});
    builder.add({.timestamp = 600, .key = as_bytes(""), .value = as_bytes(""), .headers = {}});
    const Bytes batch =
        *builder.build({.compression = static_cast<Compression>(n), .base_offset = Offset{10}});
    auto reader = RecordReader::open(batch.view(), limit);
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->header().max_timestamp, 600);
    auto record = *reader->next();
    EXPECT_EQ(record->offset, Offset{10});
    EXPECT_EQ(record->timestamp, 500);
    EXPECT_EQ(as_text(*record->key), "k");
    EXPECT_EQ(as_text(*record->value), "v");
    ASSERT_EQ(record->headers.size(), 2U);
    EXPECT_EQ(record->headers[0].key, "trace");
    EXPECT_EQ(as_text(*record->headers[0].value), "abc");
    EXPECT_FALSE(record->headers[1].value);
    record = *reader->next();
    EXPECT_EQ(record->timestamp, 400);
    EXPECT_FALSE(record->key);
    EXPECT_FALSE(record->value);
    record = *reader->next();
    EXPECT_TRUE(record->key && record->key->empty());
    EXPECT_FALSE(*reader->next());
    EXPECT_FALSE(*reader->next());
  }
}

TEST(RecordReader, StopsAtItsLimit) {
  BatchBuilder builder;
  const std::string large(100'000, 'x');
  builder.add({.timestamp = 0, .key = std::nullopt, .value = as_bytes(large), .headers = {}});
  const Bytes batch = *builder.build({.compression = Compression::zstd});
  EXPECT_EQ(RecordReader::open(batch.view(), 1000).error().code(), ErrorCode::too_large);
}

TEST(RecordReader, RefusesRecordsThatGoPastTheirEnd) {
  EXPECT_EQ(first_error(ByteView(batch_with(record_of({0, 0, -1, -1, 0}), 100))),
            ErrorCode::corrupt);
  EXPECT_EQ(first_error(ByteView(batch_with(record_of({0, 0, -1, -1, 0}), -5))),
            ErrorCode::corrupt);
  EXPECT_EQ(first_error(record_of({0, 0, 50, -1, 0})), ErrorCode::corrupt);   // key
  EXPECT_EQ(first_error(record_of({0, 0, -2, -1, 0})), ErrorCode::corrupt);   // a length below -1
  EXPECT_EQ(first_error(record_of({0, 0, -1, 50, 0})), ErrorCode::corrupt);   // value
  EXPECT_EQ(first_error(record_of({0, 0, -1, -1, 50})), ErrorCode::corrupt);  // headers
  EXPECT_EQ(first_error(record_of({0, 0, -1, -1, -1})), ErrorCode::corrupt);  // headers
  EXPECT_EQ(first_error(record_of({0, 0, -1, -1, 1, 9, 0})), ErrorCode::corrupt);  // a header's key
  EXPECT_EQ(first_error(record_of({0, 0, -1, -1})), ErrorCode::corrupt);  // no header count
  EXPECT_EQ(first_error(std::vector<std::byte>{}), ErrorCode::corrupt);   // nothing
}

TEST(RecordReader, RefusesWhatIsLeftOver) {
  EXPECT_EQ(first_error(record_of({0, 0, -1, -1, 0, 0})), ErrorCode::corrupt);  // in a record
  auto batch = batch_with(record_of({0, 0, -1, -1, 0}), 6);
  batch.push_back(std::byte{0});
  store_be(batch.data() + 8, static_cast<std::int32_t>(batch.size() - batch_length_start));
  EXPECT_EQ(first_error(ByteView(batch)), ErrorCode::corrupt);  // after the last record
}

TEST(RecordReader, RefusesNumbersOutOfRange) {
  EXPECT_EQ(first_error(record_of({0, 1, -1, -1, 0})),
            ErrorCode::corrupt);  // offset delta over the last
  EXPECT_EQ(first_error(record_of({0, -1, -1, -1, 0})), ErrorCode::corrupt);
  EXPECT_EQ(first_error(record_of({0, 1LL << 40, -1, -1, 0})), ErrorCode::corrupt);  // over 32 bits
  auto batch = batch_with(record_of({std::numeric_limits<std::int64_t>::max(), 0, -1, -1, 0}), 15);
  store_be<std::int64_t>(batch.data() + 27, 1);  // base timestamp
  EXPECT_EQ(first_error(ByteView(batch)), ErrorCode::corrupt);
  std::vector<std::byte> endless(12, std::byte{0xFF});
  EXPECT_EQ(first_error(endless), ErrorCode::corrupt);
}

TEST(RecordReader, RefusesWhatIsNoBatch) {
  EXPECT_EQ(first_error(as_bytes("no")), ErrorCode::corrupt);
}

TEST(Varint, RoundTripsTheExtremes) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{64},
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    std::vector<std::byte> bytes;
    write_varint(bytes, value);
    ByteView rest(bytes);
    EXPECT_EQ(*read_varint64(rest), value);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(BatchBuilder, NeedsARecord) {
  BatchBuilder builder;
  EXPECT_EQ(builder.build({}).error().code(), ErrorCode::invalid_argument);
}

TEST(BatchBuilder, IsEmptyAfterBuilding) {
  BatchBuilder builder;
  builder.add({});
  EXPECT_EQ(builder.record_count(), 1);
  const std::size_t size = builder.size();
  EXPECT_EQ(builder.build({})->size(), size);
  EXPECT_EQ(builder.record_count(), 0);
  EXPECT_EQ(builder.size(), batch_header_size);
}

}  // namespace
}  // namespace koine::core
