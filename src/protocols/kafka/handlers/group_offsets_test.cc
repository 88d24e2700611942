// OffsetCommit, OffsetFetch, OffsetDelete and DeleteGroups: what a group remembers.
#include <gtest/gtest.h>

#include "protocols/kafka/handlers/delete_groups.h"
#include "protocols/kafka/handlers/offset_commit.h"
#include "protocols/kafka/handlers/offset_delete.h"
#include "protocols/kafka/handlers/offset_fetch.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

using CommitPartition = OffsetCommitRequest::Partition;

class GroupOffsets : public testing::Test {
 protected:
  GroupOffsets() { broker_.create_topic("orders", 3); }

  KafkaError commit(CommitPartition partition, Version version = 8, std::string group = "readers") {
    const OffsetCommitRequest request{.group_id = std::move(group),
                                      .topics = {{.name = "orders", .partitions = {partition}}}};
    return client_.call<OffsetCommitResponse>(request, version)
        .topics.at(0)
        .partitions.at(0)
        .error_code;
  }
  OffsetFetchResponse fetch(std::optional<std::vector<OffsetFetchRequest::Topic>> topics,
                            Version version) {
    return client_.call<OffsetFetchResponse>(
        OffsetFetchRequest{.group_id = "readers", .topics = std::move(topics)}, version);
  }
  KafkaError remove_group(std::string group) {
    const DeleteGroupsRequest request{.groups_names = {std::move(group)}};
    return client_.call<DeleteGroupsResponse>(request, 2).results.at(0).error_code;
  }

  TestBroker broker_{{.shard_count = 3}};
  TestClient client_ = broker_.connect();
};

TEST_F(GroupOffsets, AreKept) {
  EXPECT_EQ(commit({.partition_index = 1,
                    .committed_offset = 42,
                    .committed_leader_epoch = 0,
                    .committed_metadata = "note"}),
            KafkaError::none);
  const auto fetched = fetch({{{"orders", {0, 1}}}}, 7);
  EXPECT_EQ(fetched.error_code, KafkaError::none);
  const auto& partitions = fetched.topics.at(0).partitions;
  EXPECT_EQ(partitions.at(0).committed_offset, -1);
  EXPECT_EQ(partitions.at(0).metadata, "");
  EXPECT_EQ(partitions.at(1).committed_offset, 42);
  EXPECT_EQ(partitions.at(1).committed_leader_epoch, 0);
  EXPECT_EQ(partitions.at(1).metadata, "note");
}

TEST_F(GroupOffsets, AreFetchedAllTogether) {
  commit({.partition_index = 0, .committed_offset = 1});
  commit({.partition_index = 2, .committed_offset = 3});
  const auto fetched = fetch(std::nullopt, 5);
  ASSERT_EQ(fetched.topics.size(), 1U);
  ASSERT_EQ(fetched.topics[0].partitions.size(), 2U);
  EXPECT_EQ(fetched.topics[0].partitions[1].partition_index, 2);
}

TEST_F(GroupOffsets, AreFetchedForSeveralGroups) {
  commit({.partition_index = 0, .committed_offset = 1});
  commit({.partition_index = 0, .committed_offset = 2}, 8, "others");
  const OffsetFetchRequest request{
      .groups = {{"readers", {{{"orders", {0}}}}}, {"others", std::nullopt}}};
  const auto fetched = client_.call<OffsetFetchResponse>(request, 8);
  ASSERT_EQ(fetched.groups.size(), 2U);
  EXPECT_EQ(fetched.groups[0].topics.at(0).partitions.at(0).committed_offset, 1);
  EXPECT_EQ(fetched.groups[1].group_id, "others");
  EXPECT_EQ(fetched.groups[1].topics.at(0).partitions.at(0).committed_offset, 2);
}

TEST_F(GroupOffsets, AreRefusedOneByOne) {
  const OffsetCommitRequest request{
      .group_id = "readers",
      .topics = {{"missing", {{.partition_index = 0, .committed_offset = 1}}},
                 {"orders",
                  {{.partition_index = 3, .committed_offset = 1},
                   {.partition_index = -1, .committed_offset = 1},
                   {.partition_index = 0, .committed_offset = -5},
                   {.partition_index = 1, .committed_offset = 7},
                   {.partition_index = 2,
                    .committed_offset = 7,
                    .committed_metadata = std::string(5000, 'x')}}}}};
  const auto answered = client_.call<OffsetCommitResponse>(request, 8);
  EXPECT_EQ(answered.topics.at(0).partitions.at(0).error_code,
            KafkaError::unknown_topic_or_partition);
  const auto& partitions = answered.topics.at(1).partitions;
  EXPECT_EQ(partitions.at(0).error_code, KafkaError::unknown_topic_or_partition);
  EXPECT_EQ(partitions.at(1).error_code, KafkaError::unknown_topic_or_partition);
  EXPECT_EQ(partitions.at(2).error_code, KafkaError::invalid_request);
  EXPECT_EQ(partitions.at(3).error_code, KafkaError::none);
  EXPECT_EQ(partitions.at(4).error_code, KafkaError::offset_metadata_too_large);
}

TEST_F(GroupOffsets, AreRefusedFromStrangersToTheGroup) {
  const OffsetCommitRequest request{
      .group_id = "readers",
      .generation_id = 3,
      .member_id = "nobody",
      .topics = {{"orders", {{.partition_index = 0, .committed_offset = 1}}}}};
  const auto answered = client_.call<OffsetCommitResponse>(request, 8);
  EXPECT_EQ(answered.topics.at(0).partitions.at(0).error_code, KafkaError::illegal_generation);
}

TEST_F(GroupOffsets, HaveTheServersTime) {
  EXPECT_EQ(commit({.partition_index = 0, .committed_offset = 1, .commit_timestamp = -1}, 1),
            KafkaError::none);
  EXPECT_EQ(commit({.partition_index = 0, .committed_offset = 1, .commit_timestamp = 5}, 1),
            KafkaError::invalid_request);
}

TEST_F(GroupOffsets, AreTriedAgainWhenTheDiskFails) {
  broker_.storage().faults().write_error_chance = 1;
  EXPECT_EQ(commit({.partition_index = 0, .committed_offset = 1}),
            KafkaError::coordinator_not_available);
}

TEST_F(GroupOffsets, AreDeleted) {
  commit({.partition_index = 0, .committed_offset = 1});
  const OffsetDeleteRequest request{.group_id = "readers",
                                    .topics = {{"orders", {{0}, {9}}}, {"missing", {{0}}}}};
  const auto answered = client_.call<OffsetDeleteResponse>(request, 0);
  EXPECT_EQ(answered.error_code, KafkaError::none);
  EXPECT_EQ(answered.topics.at(0).partitions.at(0).error_code, KafkaError::none);
  EXPECT_EQ(answered.topics.at(0).partitions.at(1).error_code,
            KafkaError::unknown_topic_or_partition);
  EXPECT_EQ(answered.topics.at(1).partitions.at(0).error_code,
            KafkaError::unknown_topic_or_partition);
  EXPECT_EQ(fetch(std::nullopt, 5).topics.size(), 0U);
}

TEST_F(GroupOffsets, OfUnknownGroupsAreNotDeleted) {
  const OffsetDeleteRequest request{.group_id = "missing", .topics = {{"orders", {{0}}}}};
  EXPECT_EQ(client_.call<OffsetDeleteResponse>(request, 0).error_code,
            KafkaError::group_id_not_found);
}

TEST_F(GroupOffsets, GoWithTheirGroup) {
  commit({.partition_index = 0, .committed_offset = 1});
  EXPECT_EQ(remove_group("readers"), KafkaError::none);
  EXPECT_EQ(fetch(std::nullopt, 5).topics.size(), 0U);
  EXPECT_EQ(remove_group("readers"), KafkaError::group_id_not_found);
}

}  // namespace
}  // namespace koine::kafka
