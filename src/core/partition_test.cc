#include "core/partition.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/byte_order.h"
#include "base/crc32c.h"
#include "core/engine_fixture.h"
#include "core/record_reader.h"

namespace koine::core {
namespace {

class PartitionTest : public testing::Test {
 protected:
  PartitionTest() { CHECK(server_.open()); }

  // With these settings instead of the defaults.
  void make(const TopicSettings& settings = {}) {
    CHECK(server_.run(server_.engine().create_topic({.name = "t",
                                                     .partition_count = 1,
                                                     .settings = settings,
                                                     .settings_given = all_settings})));
    partition_ = server_.partition("t");
  }
  Result<Appended> append(Bytes batch) { return server_.append(partition_, std::move(batch)); }
  ErrorCode refusal(Bytes batch) {
    const auto appended = append(std::move(batch));
    return appended ? ErrorCode::already_exists : appended.error().code();
  }
  std::vector<std::byte> stored(const journal::EntryRef& entry) {
    const Bytes body = *server_.run(journal::load_whole(server_.engine().journal(), entry));
    return {body.view().begin(), body.view().end()};
  }
  // The offset and time found, "none" or the error's name.
  std::string found(WallTimeMs timestamp) {
    return text_of(server_.run(partition_->find_by_time(timestamp)));
  }
  std::string largest() { return text_of(server_.run(partition_->find_largest_timestamp())); }

  static std::string text_of(const Result<std::optional<FoundTime>>& result) {
    if (!result) return std::string(name_of(result.error().code()));
    if (!*result) return "none";
    return std::to_string((*result)->offset.value()) + "@" + std::to_string((*result)->timestamp);
  }

  TestServer server_;
  std::shared_ptr<Partition> partition_;
};

TEST_F(PartitionTest, StoresTheBytesThatArrived) {
  make();
  ASSERT_TRUE(append(test_batch(3)));
  const Bytes batch = test_batch(2, 5000, {.compression = Compression::lz4});
  const auto appended = append(batch);
  ASSERT_TRUE(appended);
  EXPECT_EQ(appended->base_offset, Offset{3});
  EXPECT_EQ(appended->append_time_ms, -1);
  const auto entries = server_.run(partition_->read(Offset{4}, 1));
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1U);
  const auto bytes = stored(entries->front());
  const auto header = check_batch(bytes);
  ASSERT_TRUE(header) << header.error().to_string();
  EXPECT_EQ(header->base_offset, Offset{3});
  EXPECT_EQ(std::memcmp(bytes.data() + 16, batch.data() + 16, batch.size() - 16), 0);
}

TEST_F(PartitionTest, WritesItsOwnTimeIfAsked) {
  make({.timestamp_source = TimestampSource::append});
  const auto appended = append(test_batch(2, 5000, {.compression = Compression::zstd}));
  ASSERT_TRUE(appended);
  const auto entries = server_.run(partition_->read(Offset{0}, 1));
  const auto bytes = stored(entries->front());
  const auto header = check_batch(bytes);
  ASSERT_TRUE(header) << header.error().to_string();
  EXPECT_EQ(header->timestamp_source, TimestampSource::append);
  EXPECT_EQ(header->max_timestamp, appended->append_time_ms);
  EXPECT_EQ(found(appended->append_time_ms), "0@" + std::to_string(appended->append_time_ms));
}

TEST_F(PartitionTest, RefusesBadBatches) {
  make({.message_bytes_max = 500});
  EXPECT_EQ(refusal(Bytes::copy_of("nonsense")), ErrorCode::corrupt);
  EXPECT_EQ(refusal(test_batch(1, 1000, {}, 500)), ErrorCode::too_large);
  EXPECT_EQ(partition_->high_watermark(), Offset{0});
}

TEST_F(PartitionTest, RefusesTimestampsFarFromTheClock) {
  make({.timestamp_before_max_ms = 1000, .timestamp_after_max_ms = 2000});
  const WallTimeMs now = server_.world().wall_clock_ms();
  EXPECT_EQ(refusal(test_batch(1, now - 5000)), ErrorCode::out_of_range);
  EXPECT_EQ(refusal(test_batch(1, now + 5000)), ErrorCode::out_of_range);
  EXPECT_TRUE(append(test_batch(1, now)));
  EXPECT_TRUE(append(test_batch(1, -1)));  // none
}

TEST_F(PartitionTest, AnswersADuplicateWithItsFirstOffset) {
  make();
  const auto batch = [](std::int32_t sequence, std::int16_t epoch = 0) {
    return test_batch(
        2, 1000,
        {.producer_id = ProducerId{5}, .producer_epoch = epoch, .base_sequence = sequence});
  };
  ASSERT_TRUE(append(batch(0)));
  ASSERT_TRUE(append(batch(2)));
  const auto again = append(batch(0));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_duplicate);
  EXPECT_EQ(again->base_offset, Offset{0});
  EXPECT_EQ(again->commit, nullptr);
  EXPECT_EQ(partition_->high_watermark(), Offset{4});
  EXPECT_EQ(refusal(batch(9)), ErrorCode::conflict);
  ASSERT_TRUE(append(batch(0, 1)));
  EXPECT_EQ(refusal(batch(4)), ErrorCode::denied);
}

Task<bool> append_twice(std::shared_ptr<Partition> partition, Bytes batch) {
  const auto first = co_await partition->append(batch);
  const auto second = co_await partition->append(batch);
  CHECK(first && second && second->is_duplicate);
  const bool same = first->commit == second->commit && first->base_offset == second->base_offset;
  const auto outcome = co_await journal::done(second->commit);
  co_return same&& outcome.has_value();
}

TEST_F(PartitionTest, ADuplicateOfABatchInFlightWaitsForIt) {
  make();
  EXPECT_TRUE(server_.run(append_twice(
      partition_,
      test_batch(1, 1000,
                 {.producer_id = ProducerId{5}, .producer_epoch = 0, .base_sequence = 0}))));
}

TEST_F(PartitionTest, TakesSequencesBackWhenTheDiskIsFull) {
  make();
  const auto batch = [](std::int32_t sequence) {
    return test_batch(
        1, 1000, {.producer_id = ProducerId{5}, .producer_epoch = 0, .base_sequence = sequence});
  };
  ASSERT_TRUE(append(batch(0)));
  const auto capacity = server_.storage().faults().capacity_bytes;
  server_.storage().faults().capacity_bytes = server_.storage().bytes_in_use();
  std::int32_t sequence = 1;
  Result<Appended> last;
  while ((last = append(batch(sequence)))) {
    ASSERT_LT(++sequence, 100'000);
  }
  EXPECT_EQ(last.error().code(), ErrorCode::no_space);
  server_.storage().faults().capacity_bytes = capacity;
  for (int attempt = 0; attempt < 100 && !last; ++attempt) {
    server_.world().run_for(std::chrono::seconds(1));
    last = append(batch(sequence));
  }
  ASSERT_TRUE(last) << last.error().to_string();
  EXPECT_FALSE(last->is_duplicate);
  EXPECT_EQ(last->base_offset, Offset{sequence});
}

TEST_F(PartitionTest, ReadsWhatIsThere) {
  make();
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(append(test_batch(10)));
  const auto count = [&](std::int64_t from, std::size_t bytes_max) {
    const auto entries = server_.run(partition_->read(Offset(from), bytes_max));
    return entries ? static_cast<int>(entries->size()) : -static_cast<int>(entries.error().code());
  };
  EXPECT_EQ(count(0, MiB), 3);
  EXPECT_EQ(count(0, 1), 1);
  EXPECT_EQ(count(19, MiB), 2);
  EXPECT_EQ(count(30, MiB), 0);
  EXPECT_EQ(count(31, MiB), -static_cast<int>(ErrorCode::out_of_range));
  EXPECT_EQ(count(-1, MiB), -static_cast<int>(ErrorCode::out_of_range));
}

TEST_F(PartitionTest, FindsRecordsByTime) {
  make();
  EXPECT_EQ(found(0), "none");
  EXPECT_EQ(largest(), "none");
  ASSERT_TRUE(append(test_batch(10, 1000)));                                      // 0 to 9
  ASSERT_TRUE(append(test_batch(10, 2000, {.compression = Compression::gzip})));  // 10 to 19
  ASSERT_TRUE(append(test_batch(10, 500)));                                       // 20 to 29
  EXPECT_EQ(found(0), "0@1000");
  EXPECT_EQ(found(1004), "4@1004");
  EXPECT_EQ(found(1500), "10@2000");
  EXPECT_EQ(found(2009), "19@2009");
  EXPECT_EQ(found(2010), "none");
  EXPECT_EQ(largest(), "19@2009");
  ASSERT_TRUE(server_.run(partition_->delete_records(Offset{16})));
  EXPECT_EQ(found(1004), "16@2006");
  ASSERT_TRUE(server_.run(partition_->delete_records(Offset{20})));
  EXPECT_EQ(found(400), "20@500");
  EXPECT_EQ(largest(), "29@509");
}

TEST_F(PartitionTest, FindsTheNextBatchIfTheRecordWasDeleted) {
  make();
  // The largest timestamp comes first in its batch.
  BatchBuilder builder;
  builder.add({.timestamp = 9000, .key = {}, .value = {}, .headers = {}});
  builder.add({.timestamp = 1000, .key = {}, .value = {}, .headers = {}});
  ASSERT_TRUE(append(*builder.build({})));
  ASSERT_TRUE(append(test_batch(1, 2000)));
  ASSERT_TRUE(append(test_batch(1, 9500)));
  ASSERT_TRUE(server_.run(partition_->delete_records(Offset{1})));
  EXPECT_EQ(found(8000), "3@9500");
  EXPECT_EQ(found(9600), "none");
}

TEST_F(PartitionTest, GivesTheFirstOffsetOfABatchThatCannotBeRead) {
  make();
  const Bytes good = test_batch(5, 1000, {.compression = Compression::zstd});
  std::vector<std::byte> bytes(good.view().begin(), good.view().end());
  bytes[batch_header_size] ^= std::byte{0xFF};
  store_be(bytes.data() + 17, crc32c(ByteView(bytes).subspan(batch_crc_start)));
  ASSERT_TRUE(append(Bytes::copy_of(ByteView(bytes))));
  EXPECT_EQ(found(1002), "0@1004");
  EXPECT_EQ(largest(), "0@1004");
}

TEST_F(PartitionTest, DeletesRecords) {
  make();
  ASSERT_TRUE(append(test_batch(10)));
  EXPECT_EQ(*server_.run(partition_->delete_records(Offset{4})), Offset{4});
  EXPECT_EQ(*server_.run(partition_->delete_records(Offset{2})), Offset{4});
  EXPECT_EQ(server_.run(partition_->delete_records(Offset{11})).error().code(),
            ErrorCode::out_of_range);
  EXPECT_EQ(server_.run(partition_->delete_records(Offset{-1})).error().code(),
            ErrorCode::out_of_range);
  EXPECT_EQ(server_.run(partition_->read(Offset{3}, 1)).error().code(), ErrorCode::out_of_range);
  server_.restart();
  EXPECT_EQ(server_.partition("t")->start_offset(), Offset{4});
}

TEST_F(PartitionTest, KeepsNoMoreBytesThanItsTopicSays) {
  make({.retention_ms = unlimited, .retention_bytes = 600'000});
  // More than one chunk of 1 MiB.
  for (int n = 0; n < 30; ++n) ASSERT_TRUE(append(test_batch(1, 1000, {}, 100'000)));
  ASSERT_TRUE(server_.run(partition_->enforce_retention()));
  EXPECT_GE(partition_->body_bytes(), 600'000U);
  EXPECT_LT(partition_->body_bytes(), 600'000U + MiB);
  EXPECT_EQ(partition_->high_watermark(), Offset{30});
  EXPECT_GT(partition_->start_offset(), Offset{10});
}

TEST_F(PartitionTest, KeepsRecordsNoLongerThanItsTopicSays) {
  make({.retention_ms = 10'000});
  const WallTimeMs now = server_.world().wall_clock_ms();
  for (int n = 0; n < 20; ++n) ASSERT_TRUE(append(test_batch(1, now, {}, 100'000)));
  ASSERT_TRUE(append(test_batch(1, now + 8000)));
  ASSERT_TRUE(append(test_batch(1, -1)));  // no timestamp: counts as written now
  ASSERT_TRUE(server_.run(partition_->enforce_retention()));
  EXPECT_EQ(partition_->start_offset(), Offset{0});
  server_.world().shift_wall_clock(12'000);
  ASSERT_TRUE(server_.run(partition_->enforce_retention()));
  EXPECT_EQ(partition_->start_offset(), Offset{20});
  server_.world().shift_wall_clock(12'000);
  ASSERT_TRUE(server_.run(partition_->enforce_retention()));
  EXPECT_EQ(partition_->start_offset(), Offset{22});
}

}  // namespace
}  // namespace koine::core
