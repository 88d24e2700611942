#include "protocols/kafka/handlers/describe_log_dirs.h"

#include <gtest/gtest.h>

#include "journal/log_id.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

using Described = DescribeLogDirsResponse::TopicResult;

class DescribeLogDirs : public testing::Test {
 protected:
  DescribeLogDirs() {
    broker_.create_topic("orders", 3);
    broker_.create_topic("payments", 1);
  }
  Described describe(const DescribeLogDirsRequest& request) {
    return client_.call<DescribeLogDirsResponse>(request, 4).results.at(0);
  }
  // The bytes that it takes.
  std::size_t append(std::int32_t partition) {
    const Bytes batch = batch_of({"a", "b"});
    const LogId log =
        broker_.engine().catalog().find("orders")->partitions[static_cast<std::size_t>(partition)];
    const auto owner = static_cast<std::size_t>(journal::shard_of(log).value());
    const auto appended = broker_.run(broker_.engine(owner).partition(log)->append(batch));
    CHECK(appended.has_value());
    CHECK(broker_.run(journal::done(appended->commit)).has_value());
    return batch.size();
  }

  TestBroker broker_{{.shard_count = 2}};
  TestClient client_ = broker_.connect();
};

TEST_F(DescribeLogDirs, TellsTheBytesOfEachPartition) {
  const std::size_t size = append(1);
  const Described described = describe({});
  EXPECT_EQ(described.error_code, KafkaError::none);
  EXPECT_EQ(described.log_dir, "/data");
  EXPECT_GT(described.usable_bytes, 0);
  EXPECT_GT(described.total_bytes, 0);
  ASSERT_EQ(described.topics.size(), 2U);
  ASSERT_EQ(described.topics[0].partitions.size(), 3U);
  EXPECT_EQ(described.topics[0].partitions[0].partition_size, 0);
  EXPECT_EQ(described.topics[0].partitions[1].partition_size, static_cast<std::int64_t>(size));
}

TEST_F(DescribeLogDirs, LeavesOutWhatThereIsNot) {
  const Described described = describe({.topics = {{{"orders", {2, 3, -1}}, {"missing", {0}}}}});
  ASSERT_EQ(described.topics.size(), 1U);
  ASSERT_EQ(described.topics[0].partitions.size(), 1U);
  EXPECT_EQ(described.topics[0].partitions[0].partition_index, 2);
}

}  // namespace
}  // namespace koine::kafka
