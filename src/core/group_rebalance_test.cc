// Heartbeats, leaving, sessions that end, and closing.
#include "core/group_test_bench.h"

namespace koine::core {
namespace {

class GroupRebalance : public GroupBench {};

TEST_F(GroupRebalance, HeartbeatsKeepAMember) {
  const auto members = stable_group(1);
  for (int i = 0; i < 5; ++i) {
    pass_ms(session_ms - 1'000);
    EXPECT_EQ(heartbeat(members[0]), GroupError::none);
  }
}

TEST_F(GroupRebalance, ASilentMemberIsRemovedAndTheOthersRebalance) {
  const auto members = stable_group(2);
  pass_ms(session_ms - 1'000);
  EXPECT_EQ(heartbeat(members[0]), GroupError::none);
  pass_ms(2'000);
  EXPECT_EQ(heartbeat(members[0]), GroupError::rebalance_in_progress);
  EXPECT_EQ(heartbeat(members[1]), GroupError::unknown_member);
}

TEST_F(GroupRebalance, WithoutMembersTheGroupIsEmpty) {
  stable_group(2);
  pass_ms(rebalance_ms + session_ms);
  EXPECT_EQ(state(), GroupState::empty);
}

TEST_F(GroupRebalance, HeartbeatRefusesTheWrongOnes) {
  auto members = stable_group(1);
  members[0].generation += 1;
  EXPECT_EQ(heartbeat(members[0]), GroupError::illegal_generation);
  members[0].member_id = "nobody";
  EXPECT_EQ(heartbeat(members[0]), GroupError::unknown_member);
  EXPECT_EQ(groups_->heartbeat({.group = "", .member_id = "a"}), GroupError::invalid_group_id);
  EXPECT_EQ(groups_->heartbeat({.group = "none", .member_id = "a"}), GroupError::unknown_member);
}

TEST_F(GroupRebalance, AHeartbeatBetweenJoinAndSyncIsFine) {
  EXPECT_EQ(heartbeat(finish(groups_->join(join_request()))), GroupError::none);
}

TEST_F(GroupRebalance, SeveralMembersLeaveAtOnce) {
  const auto members = stable_group(3);
  const std::vector<LeavingMember> leaving{{.member_id = members[1].member_id},
                                           {.member_id = "nobody"},
                                           {.member_id = members[2].member_id}};
  const LeaveResult result = finish(groups_->leave(std::string(group_name), leaving));
  EXPECT_EQ(result.error, GroupError::none);
  EXPECT_EQ(result.by_member,
            (std::vector{GroupError::none, GroupError::unknown_member, GroupError::none}));
  EXPECT_EQ(heartbeat(members[0]), GroupError::rebalance_in_progress);
  EXPECT_EQ(finish(groups_->join(join_request(members[0].member_id))).members.size(), 1U);
}

TEST_F(GroupRebalance, TheLastOneToLeaveEmptiesTheGroupAtOnce) {
  const auto members = stable_group(1);
  EXPECT_EQ(leave({.member_id = members[0].member_id}), GroupError::none);
  EXPECT_EQ(state(), GroupState::empty);
}

TEST_F(GroupRebalance, LeavingRefusesTheWrongGroup) {
  EXPECT_EQ(finish(groups_->leave("", {})).error, GroupError::invalid_group_id);
  EXPECT_EQ(leave({.member_id = "a"}), GroupError::unknown_member);
}

TEST_F(GroupRebalance, WhoLeavesWhileItWaitsGetsAnAnswer) {
  const auto first = stable_group(1);
  const auto newcomer = run(groups_->join(join_request()));
  const auto earlier = run(groups_->join(join_request(first[0].member_id)));
  const auto synced = run(groups_->sync(sync_request(newcomer->value())));
  EXPECT_FALSE(synced->has_value());
  EXPECT_EQ(leave({.member_id = newcomer->value().member_id}), GroupError::none);
  settle();
  EXPECT_EQ(synced->value().error, GroupError::unknown_member);
  const auto waiting = run(groups_->join(join_request()));
  EXPECT_FALSE(waiting->has_value());
}

TEST_F(GroupRebalance, ClosingWakesEverybody) {
  const auto members = stable_group(2);
  const auto joining = run(groups_->join(join_request()));
  EXPECT_FALSE(joining->has_value());
  runtime::Gate closing;
  closing.spawn(groups_->close());
  settle();
  EXPECT_EQ(joining->value().error, GroupError::coordinator_not_available);
  EXPECT_EQ(closing.running(), 0U);
  EXPECT_EQ(heartbeat(members[0]), GroupError::coordinator_not_available);
  EXPECT_EQ(finish(groups_->join(join_request())).error, GroupError::coordinator_not_available);
  EXPECT_EQ(finish(groups_->sync(sync_request(members[0]))).error,
            GroupError::coordinator_not_available);
  EXPECT_EQ(finish(groups_->leave(std::string(group_name), {})).error,
            GroupError::coordinator_not_available);
  EXPECT_EQ(commit(commit_request("orders", 1)), GroupError::coordinator_not_available);
  EXPECT_EQ(groups_->fetch({std::string(group_name), {}}).error,
            GroupError::coordinator_not_available);
  EXPECT_EQ(groups_->describe(group_name).error, GroupError::coordinator_not_available);
  EXPECT_EQ(finish(groups_->delete_group("a")), GroupError::coordinator_not_available);
  EXPECT_EQ(finish(groups_->delete_offsets("a", {})).error, GroupError::coordinator_not_available);
  EXPECT_FALSE(finish(groups_->remove_topic("a")));
  begin_again();
}

}  // namespace
}  // namespace koine::core
