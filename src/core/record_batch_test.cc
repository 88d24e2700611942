#include "core/record_batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/byte_order.h"
#include "base/crc32c.h"
#include "core/batch_builder.h"
#include "core/record_reader.h"

namespace koine::core {
namespace {

Bytes batch_of(int count, const BatchOptions& options = {}) {
  BatchBuilder builder;
  for (int n = 0; n < count; ++n) {
    const std::string value = "value " + std::to_string(n);
    builder.add(
        {.timestamp = 1000 + n, .key = std::nullopt, .value = as_bytes(value), .headers = {}});
  }
  return *builder.build(options);
}

using Change = std::function<void(std::vector<std::byte>&)>;

// A batch with a change whose CRC is right again.
std::vector<std::byte> changed(const Change& change, const BatchOptions& options = {}) {
  const Bytes batch = batch_of(3, options);
  std::vector<std::byte> bytes(batch.view().begin(), batch.view().end());
  change(bytes);
  store_be(bytes.data() + 17, crc32c(ByteView(bytes).subspan(batch_crc_start)));
  return bytes;
}

ErrorCode code_of(ByteView bytes, const BatchLimits& limits = {}) {
  const auto result = verify_batch(bytes, limits);
  return result ? ErrorCode::already_exists : result.error().code();
}

template <typename T>
Change put(std::size_t at, T value) {
  return [=](std::vector<std::byte>& bytes) { store_be(bytes.data() + at, value); };
}

TEST(VerifyBatch, AcceptsEveryCompression) {
  for (std::uint8_t n = 0; n <= compression_last; ++n) {
    const auto header =
        verify_batch(batch_of(5, {.compression = static_cast<Compression>(n)}).view(), {});
    ASSERT_TRUE(header) << header.error().to_string();
    EXPECT_EQ(header->record_count, 5);
    EXPECT_EQ(header->max_timestamp, 1004);
    EXPECT_EQ(header->end_offset(), Offset{5});
    EXPECT_FALSE(header->has_producer());
  }
}

TEST(VerifyBatch, AcceptsAnIdempotentProducer) {
  const auto header = verify_batch(
      batch_of(1, {.producer_id = ProducerId{7}, .producer_epoch = 2, .base_sequence = 11}).view(),
      {});
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->has_producer());
  EXPECT_EQ(header->base_sequence, 11);
}

TEST(VerifyBatch, RefusesOneOverTheLimit) {
  const Bytes batch = batch_of(3);
  EXPECT_EQ(code_of(batch.view(), {.batch_bytes_max = batch.size() - 1}), ErrorCode::too_large);
}

TEST(VerifyBatch, RefusesEveryTruncation) {
  const Bytes batch = batch_of(3);
  for (std::size_t size = 0; size < batch.size(); ++size) {
    EXPECT_EQ(code_of(batch.view().first(size)), ErrorCode::corrupt) << size;
  }
}

TEST(VerifyBatch, FindsEveryFlippedBit) {
  const Bytes batch = batch_of(3);
  for (std::size_t at = batch_crc_start; at < batch.size(); ++at) {
    std::vector<std::byte> bytes(batch.view().begin(), batch.view().end());
    bytes[at] ^= std::byte{0x10};
    EXPECT_NE(code_of(bytes), ErrorCode::already_exists) << at;
  }
}

TEST(VerifyBatch, RefusesOldFormats) {
  EXPECT_EQ(code_of(changed(put<std::int8_t>(16, 0))), ErrorCode::unsupported);
  EXPECT_EQ(code_of(changed(put<std::int8_t>(16, 1))), ErrorCode::unsupported);
  EXPECT_EQ(code_of(changed(put<std::int8_t>(16, 3))), ErrorCode::corrupt);
}

TEST(VerifyBatch, RefusesALengthThatIsTooShortOrNegative) {
  EXPECT_EQ(code_of(changed(put<std::int32_t>(8, 48))), ErrorCode::corrupt);
  EXPECT_EQ(code_of(changed(put<std::int32_t>(8, -1))), ErrorCode::corrupt);
}

TEST(VerifyBatch, RefusesSeveralBatches) {
  const Bytes batch = batch_of(1);
  std::vector<std::byte> two(batch.view().begin(), batch.view().end());
  two.insert(two.end(), batch.view().begin(), batch.view().end());
  EXPECT_EQ(code_of(two), ErrorCode::invalid_argument);
}

TEST(VerifyBatch, RefusesAttributesThatClientsDoNotSet) {
  EXPECT_EQ(code_of(changed(put<std::int16_t>(21, 0x40))), ErrorCode::unsupported);
  EXPECT_EQ(code_of(changed(put<std::int16_t>(21, 5))), ErrorCode::unsupported);
  EXPECT_EQ(code_of(changed(put<std::int16_t>(21, 0x08))), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(changed(put<std::int16_t>(21, 0x10))), ErrorCode::unsupported);
  EXPECT_EQ(code_of(changed(put<std::int16_t>(21, 0x20))), ErrorCode::invalid_argument);
}

TEST(VerifyBatch, RefusesCountsThatMakeNoSense) {
  EXPECT_EQ(code_of(changed(put<std::int32_t>(57, 0))), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(changed(put<std::int32_t>(57, 4))), ErrorCode::invalid_argument);
  const auto many = changed([](std::vector<std::byte>& bytes) {
    store_be<std::int32_t>(bytes.data() + 57, 1'000'000);
    store_be<std::int32_t>(bytes.data() + 23, 999'999);
  });
  EXPECT_EQ(code_of(many), ErrorCode::invalid_argument);
}

TEST(VerifyBatch, RefusesProducersThatMakeNoSense) {
  const BatchOptions options{.producer_id = ProducerId{7}, .producer_epoch = 0, .base_sequence = 0};
  EXPECT_EQ(code_of(changed(put<std::int64_t>(43, -2), options)), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(changed(put<std::int16_t>(51, -1), options)), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(changed(put<std::int32_t>(53, -1), options)), ErrorCode::invalid_argument);
}

TEST(VerifyBatch, RefusesATimestampBelowNone) {
  EXPECT_EQ(code_of(changed(put<std::int64_t>(35, -2))), ErrorCode::invalid_argument);
}

TEST(StoredBatch, KeepsItsCrcWithANewOffset) {
  const Bytes batch = batch_of(3);
  std::vector<std::byte> stored(batch.view().begin(), batch.view().end());
  const auto prefix = stored_prefix(batch.view(), Offset{42}, 3);
  std::ranges::copy(prefix, stored.begin());
  const auto header = check_batch(stored);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->base_offset, Offset{42});
  EXPECT_EQ(header->leader_epoch, 3);
}

TEST(StoredBatch, GetsANewCrcWithAppendTime) {
  const Bytes batch = batch_of(3);
  std::vector<std::byte> stored(batch.view().begin(), batch.view().end());
  const auto start = stored_header_at(batch.view(), Offset{42}, 0, 5555);
  std::ranges::copy(start, stored.begin());
  const auto header = check_batch(stored);
  ASSERT_TRUE(header) << header.error().to_string();
  EXPECT_EQ(header->timestamp_source, TimestampSource::append);
  EXPECT_EQ(header->max_timestamp, 5555);
  auto reader = RecordReader::open(stored, 1000);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader->next())->timestamp, 5555);
}

TEST(StoredBatch, KnowsTheChecksumOfItsRecords) {
  const Bytes batch = batch_of(9);
  EXPECT_EQ(records_crc(batch.view()), crc32c(batch.view().subspan(batch_header_size)));
}

TEST(TakeBatch, CutsOneAfterAnother) {
  const Bytes first = batch_of(1);
  const Bytes second = batch_of(2);
  std::vector<std::byte> both(first.view().begin(), first.view().end());
  both.insert(both.end(), second.view().begin(), second.view().end());
  ByteView rest(both);
  EXPECT_EQ(take_batch(rest)->size(), first.size());
  EXPECT_EQ(take_batch(rest)->size(), second.size());
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(take_batch(rest).error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace koine::core
