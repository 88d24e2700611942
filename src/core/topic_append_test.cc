#include "core/topic_append.h"

#include <gtest/gtest.h>

#include "core/count_partitions.h"
#include "core/engine_fixture.h"

namespace koine::core {
namespace {

class TopicAppend : public testing::Test {
 protected:
  TopicAppend() : server_({.shard_count = 2}) {
    EXPECT_TRUE(server_.open());
    const auto topic =
        server_.run(server_.engine().create_topic({.name = "orders", .partition_count = 3}));
    EXPECT_TRUE(topic);
    logs_ = (*topic)->partitions;
  }

  TestServer server_;
  std::vector<LogId> logs_;
};

TEST_F(TopicAppend, IsDurableWhereverThePartitionLives) {
  for (const LogId log : logs_) {
    const auto first = server_.run(append_durably(server_.engine(), log, test_batch(2)));
    const auto second = server_.run(append_durably(server_.engine(), log, test_batch(3)));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(*first, Offset{0});
    EXPECT_EQ(*second, Offset{2});
  }
  server_.restart();
  const auto counts = server_.run(count_partitions(server_.engine(), logs_));
  for (const auto& count : counts) {
    ASSERT_TRUE(count);
    EXPECT_EQ(count->records(), 5);
    EXPECT_GT(count->bytes, 0U);
  }
}

TEST_F(TopicAppend, EachBatchHasItsOutcomeAndThoseOfOnePartitionTheirOrder) {
  const auto offsets = server_.run(
      append_durably(server_.engine(), {{.log = logs_[1], .batch = test_batch(2)},
                                        {.log = logs_[0], .batch = Bytes::copy_of("no batch")},
                                        {.log = logs_[1], .batch = test_batch(1)},
                                        {.log = logs_[2], .batch = test_batch(1)}}));
  ASSERT_EQ(offsets.size(), 4U);
  EXPECT_EQ(offsets[0].value(), Offset{0});
  EXPECT_EQ(offsets[1].error().code(), ErrorCode::corrupt);
  EXPECT_EQ(offsets[2].value(), Offset{2});
  EXPECT_EQ(offsets[3].value(), Offset{0});
}

TEST_F(TopicAppend, APartitionThatIsGoneIsSaid) {
  ASSERT_TRUE(server_.run(server_.engine().delete_topic("orders")));
  const auto appended = server_.run(append_durably(server_.engine(), logs_[0], test_batch(1)));
  EXPECT_EQ(appended.error().code(), ErrorCode::not_found);
  EXPECT_FALSE(server_.run(count_partitions(server_.engine(), logs_)).front());
}

}  // namespace
}  // namespace koine::core
