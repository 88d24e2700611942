// Produce and Fetch through a session: limits, waiting, errors, one shard and two.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/kafka/messages/all.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t partition_count = 4;

class Data : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override { broker_.create_topic("t", partition_count); }

  ProduceResponse::PartitionResponse produce(std::int32_t partition, const Bytes& batch,
                                             Version version = 9, std::int16_t acks = -1) {
    const auto response = client_.call<ProduceResponse>(
        ProduceRequest{
            .acks = acks,
            .topic_data = {{.name = "t",
                            .partition_data = {{partition, Records::at_hand(batch.view())}}}}},
        version);
    return response.responses.at(0).partition_responses.at(0);
  }

  static FetchRequest fetch(std::int32_t max_wait_ms = 0, std::int64_t offset = 0) {
    FetchRequest request{
        .max_wait_ms = max_wait_ms, .min_bytes = 1, .topics = {{.topic = "t", .partitions = {}}}};
    for (std::int32_t n = 0; n < static_cast<std::int32_t>(partition_count); ++n) {
      request.topics[0].partitions.push_back(
          {.partition = n, .fetch_offset = offset, .partition_max_bytes = 1 << 20});
    }
    return request;
  }

  std::vector<std::size_t> sizes(const FetchRequest& request) {
    const auto response = client_.call<FetchResponse>(request, 12);
    std::vector<std::size_t> sizes;
    for (const auto& partition : response.responses.at(0).partitions)
      sizes.push_back(partition.records->size());
    return sizes;
  }

  TestBroker broker_{{.shard_count = GetParam()}};
  TestClient client_ = broker_.connect();
};

TEST_P(Data, AreReadFromAllShards) {
  std::vector<std::size_t> expected;
  for (std::int32_t n = 0; n < static_cast<std::int32_t>(partition_count); ++n) {
    const Bytes batch = batch_of({std::string(static_cast<std::size_t>(n) + 1, 'x')});
    EXPECT_EQ(produce(n, batch).error_code, KafkaError::none);
    expected.push_back(batch.size());
  }
  EXPECT_EQ(sizes(fetch()), expected);
}

TEST_P(Data, StayWithinTheLimits) {
  const Bytes batch = batch_of({"x"});
  for (std::int32_t n = 0; n < 4; ++n) {
    produce(n, batch);
    produce(n, batch);
  }
  FetchRequest request = fetch();
  request.max_bytes = static_cast<std::int32_t>(3 * batch.size());
  EXPECT_EQ(sizes(request), (std::vector{2 * batch.size(), batch.size(), 0UL, 0UL}));
  request.max_bytes = 1;  // but never nothing
  EXPECT_EQ(sizes(request), (std::vector{batch.size(), 0UL, 0UL, 0UL}));
}

TEST_P(Data, WakeAWaitingFetch) {
  TestClient reader = broker_.connect();
  for (std::int32_t n = 0; n < 4; ++n) {
    FetchRequest request = fetch(60'000);
    for (std::int32_t before = 0; before < n; ++before)
      request.topics[0].partitions[before].fetch_offset = 1;
    ASSERT_TRUE(reader.send(request, 12));
    broker_.world().run_for(milliseconds(500));
    const MonotonicTime before = broker_.world().now();
    produce(n, batch_of({"x"}));
    const auto response = reader.receive<FetchResponse>(12);
    EXPECT_GT(response.responses.at(0).partitions.at(n).records->size(), 0);
    EXPECT_LT(broker_.world().now() - before, milliseconds(500));
  }
}

TEST_P(Data, AnEmptyFetchIsAnsweredAtItsDeadline) {
  const MonotonicTime before = broker_.world().now();
  EXPECT_EQ(sizes(fetch(500)), (std::vector<std::size_t>(4)));
  EXPECT_GE(broker_.world().now() - before, milliseconds(500));
}

TEST_P(Data, FetchErrorsAreAnsweredAtOnce) {
  const MonotonicTime before = broker_.world().now();
  FetchRequest request = fetch(60'000);
  request.topics[0].partitions[1].fetch_offset = 7;
  request.topics[0].partitions[2].partition = 99;
  request.topics[0].partitions[3].current_leader_epoch = 3;
  const auto response = client_.call<FetchResponse>(request, 12);
  const auto& partitions = response.responses.at(0).partitions;
  EXPECT_EQ(partitions.at(0).error_code, KafkaError::none);
  EXPECT_EQ(partitions.at(1).error_code, KafkaError::offset_out_of_range);
  EXPECT_EQ(partitions.at(2).error_code, KafkaError::unknown_topic_or_partition);
  EXPECT_EQ(partitions.at(3).error_code, KafkaError::unknown_leader_epoch);
  EXPECT_LT(broker_.world().now() - before, milliseconds(1000));
}

TEST_P(Data, ProduceErrors) {
  const Bytes good = batch_of({"x"});
  std::vector<std::byte> flipped(good.view().begin(), good.view().end());
  flipped.back() ^= std::byte{1};
  EXPECT_EQ(produce(0, Bytes::copy_of(ByteView(flipped))).error_code, KafkaError::corrupt_message);
  EXPECT_EQ(produce(99, good).error_code, KafkaError::unknown_topic_or_partition);
  EXPECT_EQ(produce(0, Bytes()).error_code, KafkaError::invalid_record);
  EXPECT_EQ(produce(0, good, 9, 2).error_code, KafkaError::invalid_required_acks);
  EXPECT_EQ(produce(0, good, 2).error_code, KafkaError::unsupported_version);
  EXPECT_EQ(
      produce(0, batch_of({"x"},
                          {.producer_id = ProducerId(1), .producer_epoch = 0, .base_sequence = 0}))
          .base_offset,
      0);
  EXPECT_EQ(
      produce(0, batch_of({"x"},
                          {.producer_id = ProducerId(1), .producer_epoch = 0, .base_sequence = 0}))
          .base_offset,
      0);
  EXPECT_EQ(
      produce(0, batch_of({"x"},
                          {.producer_id = ProducerId(1), .producer_epoch = 0, .base_sequence = 5}))
          .error_code,
      KafkaError::out_of_order_sequence_number);
}

INSTANTIATE_TEST_SUITE_P(OnShards, Data, testing::Values(1, 2, 3));

}  // namespace
}  // namespace koine::kafka
