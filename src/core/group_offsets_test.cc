#include "core/group_test_bench.h"

namespace koine::core {
namespace {

class GroupOffsets : public GroupBench {};

TEST_F(GroupOffsets, AConsumerWithoutGroupManagementKeepsItsPlace) {
  CommitRequest request = commit_request("orders", 7);
  request.offsets[0].leader_epoch = 3;
  request.offsets[0].metadata = "where I was";
  EXPECT_EQ(commit(request), GroupError::none);
  const FetchResult all = groups_->fetch({std::string(group_name), {}});
  ASSERT_EQ(all.offsets.size(), 1U);
  EXPECT_EQ(all.offsets[0].partition.topic, "orders");
  EXPECT_EQ(all.offsets[0].committed->offset, Offset(7));
  EXPECT_EQ(all.offsets[0].committed->leader_epoch, 3);
  EXPECT_EQ(all.offsets[0].committed->metadata, "where I was");
  EXPECT_EQ(committed("payments"), -1);
  EXPECT_EQ(state(), GroupState::empty);
}

TEST_F(GroupOffsets, AnUnknownGroupHasNone) {
  EXPECT_EQ(committed("orders"), -1);
  EXPECT_TRUE(groups_->fetch({"none", {}}).offsets.empty());
  EXPECT_EQ(groups_->fetch({"none", {}}).error, GroupError::none);
}

TEST_F(GroupOffsets, OneRequestIsOneEntry) {
  CommitRequest request = commit_request("orders", 1);
  request.offsets.push_back({.partition = {"orders", PartitionId(1)}, .offset = Offset(2)});
  finish(groups_->commit(request));
  EXPECT_EQ(log_->entries().size(), 1U);
  EXPECT_EQ(groups_->fetch({std::string(group_name), {}}).offsets.size(), 2U);
}

TEST_F(GroupOffsets, TheyShowWhenTheyAreDurable) {
  log_->hold();
  const auto running = run(groups_->commit(commit_request("orders", 1)));
  EXPECT_FALSE(running->has_value());
  EXPECT_EQ(committed("orders"), -1);
  log_->release();
  settle();
  EXPECT_EQ(running->value().front(), GroupError::none);
  EXPECT_EQ(committed("orders"), 1);
}

TEST_F(GroupOffsets, WhatCannotBeStoredHasNotHappened) {
  EXPECT_EQ(commit(commit_request("orders", 1)), GroupError::none);
  log_->set_failing(true);
  EXPECT_EQ(commit(commit_request("orders", 2)), GroupError::storage);
  EXPECT_EQ(committed("orders"), 1);
  EXPECT_EQ(finish(groups_->delete_group(std::string(group_name))), GroupError::storage);
  const auto removed =
      finish(groups_->delete_offsets(std::string(group_name), {{"orders", PartitionId(0)}}));
  EXPECT_EQ(removed.by_partition.front(), GroupError::storage);
  EXPECT_FALSE(finish(groups_->remove_topic("orders")));
  EXPECT_EQ(committed("orders"), 1);
  log_->set_failing(false);
  EXPECT_EQ(commit(commit_request("orders", 2)), GroupError::none);
}

TEST_F(GroupOffsets, MembersCommitInTheirGeneration) {
  const auto members = stable_group(1);
  EXPECT_EQ(commit(member_commit(members[0], "orders", 5)), GroupError::none);
  EXPECT_EQ(committed("orders"), 5);
  CommitRequest request = member_commit(members[0], "orders", 6);
  request.generation += 1;
  EXPECT_EQ(commit(request), GroupError::illegal_generation);
  request = member_commit(members[0], "orders", 6);
  request.member_id = "nobody";
  EXPECT_EQ(commit(request), GroupError::unknown_member);
  EXPECT_EQ(committed("orders"), 5);
}

TEST_F(GroupOffsets, OthersDoNotCommitWhileThereAreMembers) {
  stable_group(1);
  EXPECT_EQ(commit(commit_request("orders", 5)), GroupError::unknown_member);
}

TEST_F(GroupOffsets, AGenerationOfAnUnknownGroupIsOld) {
  CommitRequest request = commit_request("orders", 5);
  request.generation = 3;
  request.member_id = "somebody";
  EXPECT_EQ(commit(request), GroupError::illegal_generation);
}

TEST_F(GroupOffsets, MembersCommitWhileTheyPrepareButNotBeforeTheySync) {
  const auto members = stable_group(1);
  const auto newcomer = run(groups_->join(join_request()));
  EXPECT_EQ(commit(member_commit(members[0], "orders", 5)), GroupError::none);
  const JoinResult again = finish(groups_->join(join_request(members[0].member_id)));
  EXPECT_EQ(commit(member_commit(again, "orders", 6)), GroupError::rebalance_in_progress);
}

TEST_F(GroupOffsets, ACommitIsASignOfLife) {
  const auto members = stable_group(1);
  for (int i = 0; i < 3; ++i) {
    pass_ms(session_ms - 1'000);
    EXPECT_EQ(commit(member_commit(members[0], "orders", i)), GroupError::none);
  }
}

TEST_F(GroupOffsets, LongMetadataIsRefusedAloneAndTheRestIsKept) {
  CommitRequest request = commit_request("orders", 1);
  request.offsets.push_back({.partition = {"orders", PartitionId(1)},
                             .offset = Offset(2),
                             .metadata = std::string(options_.offset_metadata_bytes_max + 1, 'x')});
  const auto errors = finish(groups_->commit(request));
  EXPECT_EQ(errors, (std::vector{GroupError::none, GroupError::offset_metadata_too_large}));
  EXPECT_EQ(committed("orders"), 1);
  request.offsets.erase(request.offsets.begin());
  EXPECT_EQ(commit(request), GroupError::offset_metadata_too_large);
  EXPECT_EQ(log_->entries().size(), 1U);
}

class FewGroupOffsets : public GroupBench {
 protected:
  FewGroupOffsets() : GroupBench({.offsets_per_group_max = 1}) {}
};

TEST_F(FewGroupOffsets, TheirNumberIsLimited) {
  EXPECT_EQ(commit(commit_request("orders", 1)), GroupError::none);
  EXPECT_EQ(commit(commit_request("payments", 1)), GroupError::too_large);
  EXPECT_EQ(commit(commit_request("orders", 2)), GroupError::none);
}

TEST_F(GroupOffsets, DeletesThoseThatNobodyReads) {
  const auto members = stable_group(1);
  EXPECT_EQ(commit(member_commit(members[0], "orders", 1)), GroupError::none);
  EXPECT_EQ(commit(member_commit(members[0], "payments", 1)), GroupError::none);
  const auto result = finish(groups_->delete_offsets(
      std::string(group_name), {{"orders", PartitionId(0)}, {"payments", PartitionId(0)}}));
  EXPECT_EQ(result.by_partition, (std::vector{GroupError::subscribed_to_topic, GroupError::none}));
  EXPECT_EQ(committed("orders"), 1);
  EXPECT_EQ(committed("payments"), -1);
}

TEST_F(GroupOffsets, DeleteOffsetsRefusesTheWrongGroup) {
  EXPECT_EQ(finish(groups_->delete_offsets("", {})).error, GroupError::invalid_group_id);
  EXPECT_EQ(finish(groups_->delete_offsets("none", {})).error, GroupError::group_not_found);
  JoinRequest request = join_request();
  request.protocol_type = "connect";
  finish(groups_->join(request));
  EXPECT_EQ(finish(groups_->delete_offsets(std::string(group_name), {})).error,
            GroupError::non_empty_group);
}

TEST_F(GroupOffsets, NothingIsDeletedOfTopicsThatCannotBeRead) {
  JoinRequest request = join_request();
  request.protocols[0].topics.reset();
  finish(groups_->join(request));
  const auto result =
      finish(groups_->delete_offsets(std::string(group_name), {{"orders", PartitionId(0)}}));
  EXPECT_EQ(result.by_partition.front(), GroupError::subscribed_to_topic);
}

TEST_F(GroupOffsets, ADeletedTopicTakesItsOffsetsAlong) {
  EXPECT_EQ(commit(commit_request("orders", 1)), GroupError::none);
  EXPECT_EQ(commit(commit_request("payments", 2)), GroupError::none);
  EXPECT_TRUE(finish(groups_->remove_topic("orders")));
  EXPECT_EQ(committed("orders"), -1);
  EXPECT_EQ(committed("payments"), 2);
}

TEST_F(GroupOffsets, DeletingAGroupNeedsItEmpty) {
  const auto members = stable_group(1);
  EXPECT_EQ(commit(member_commit(members[0], "orders", 1)), GroupError::none);
  EXPECT_EQ(finish(groups_->delete_group(std::string(group_name))), GroupError::non_empty_group);
  EXPECT_EQ(finish(groups_->delete_group("")), GroupError::invalid_group_id);
  EXPECT_EQ(finish(groups_->delete_group("none")), GroupError::group_not_found);
  leave({.member_id = members[0].member_id});
  EXPECT_EQ(finish(groups_->delete_group(std::string(group_name))), GroupError::none);
  EXPECT_EQ(committed("orders"), -1);
  EXPECT_EQ(groups_->describe(group_name).error, GroupError::group_not_found);
}

TEST_F(GroupOffsets, WhileAGroupIsBeingDeletedItIsNotAvailable) {
  EXPECT_EQ(commit(commit_request("orders", 1)), GroupError::none);
  log_->hold();
  const auto deleting = run(groups_->delete_group(std::string(group_name)));
  EXPECT_EQ(finish(groups_->join(join_request())).error, GroupError::coordinator_not_available);
  EXPECT_EQ(commit(commit_request("orders", 2)), GroupError::coordinator_not_available);
  EXPECT_EQ(finish(groups_->delete_group(std::string(group_name))), GroupError::group_not_found);
  EXPECT_EQ(leave({.member_id = "a"}), GroupError::coordinator_not_available);
  EXPECT_EQ(groups_->heartbeat({.group = std::string(group_name), .member_id = "a"}),
            GroupError::coordinator_not_available);
  log_->release();
  settle();
  EXPECT_EQ(deleting->value(), GroupError::none);
  EXPECT_EQ(finish(groups_->join(join_request())).error, GroupError::none);
}

TEST_F(GroupOffsets, ListsAndDescribes) {
  const auto members = stable_group(1);
  CommitRequest other = commit_request("orders", 1);
  other.group = "another";
  EXPECT_EQ(commit(other), GroupError::none);
  const auto all = groups_->list({});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].group, "another");
  EXPECT_EQ(all[0].protocol_type, "");
  EXPECT_EQ(all[1].state, GroupState::stable);
  const std::vector stable{GroupState::stable};
  ASSERT_EQ(groups_->list(stable).size(), 1U);
  EXPECT_EQ(groups_->list(stable)[0].group, group_name);
  const GroupDescription description = groups_->describe(group_name);
  EXPECT_EQ(description.protocol_name, "range");
  ASSERT_EQ(description.members.size(), 1U);
  EXPECT_EQ(description.members[0].client_id, "client");
  EXPECT_EQ(description.members[0].metadata.text(), "subscribes to orders");
  EXPECT_EQ(description.members[0].assignment.text(), "part of " + members[0].member_id);
  EXPECT_EQ(groups_->describe("none").error, GroupError::group_not_found);
}

}  // namespace
}  // namespace koine::core
