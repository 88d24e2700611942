#include "core/group_test_bench.h"

namespace koine::core {
namespace {

class GroupSync : public GroupBench {};

TEST_F(GroupSync, EveryMemberGetsItsOwnAssignment) {
  const auto members = stable_group(2);
  for (const JoinResult& member : members) {
    const SyncResult synced = finish(groups_->sync(sync_request(member)));
    EXPECT_EQ(synced.error, GroupError::none);
    EXPECT_EQ(synced.assignment.text(), "part of " + member.member_id);
    EXPECT_EQ(synced.protocol_name, "range");
  }
}

TEST_F(GroupSync, FollowersWaitForTheLeaderAndTheDisk) {
  const auto first = stable_group(1);
  const auto newcomer = run(groups_->join(join_request()));
  const JoinResult leader = finish(groups_->join(join_request(first[0].member_id)));
  const auto follower = run(groups_->sync(sync_request(newcomer->value())));
  EXPECT_FALSE(follower->has_value());
  log_->hold();
  const auto led = run(groups_->sync(sync_request(leader, {leader.member_id})));
  EXPECT_FALSE(led->has_value());
  EXPECT_EQ(state(), GroupState::completing_rebalance);
  log_->release();
  settle();
  EXPECT_EQ(led->value().assignment.text(), "part of " + leader.member_id);
  EXPECT_EQ(follower->value().error, GroupError::none);
  EXPECT_TRUE(follower->value().assignment.empty());
}

TEST_F(GroupSync, AGenerationThatCannotBeStoredDoesNotBecomeStable) {
  const JoinResult joined = finish(groups_->join(join_request()));
  log_->set_failing(true);
  const SyncResult failed = finish(groups_->sync(sync_request(joined, {joined.member_id})));
  EXPECT_EQ(failed.error, GroupError::storage);
  EXPECT_EQ(state(), GroupState::preparing_rebalance);
  log_->set_failing(false);
  const JoinResult again = finish(groups_->join(join_request(joined.member_id)));
  EXPECT_EQ(finish(groups_->sync(sync_request(again, {joined.member_id}))).error, GroupError::none);
  EXPECT_EQ(state(), GroupState::stable);
}

TEST_F(GroupSync, ARebalanceMeanwhileMakesTheStoredGenerationOld) {
  const JoinResult joined = finish(groups_->join(join_request()));
  log_->hold();
  const auto synced = run(groups_->sync(sync_request(joined, {joined.member_id})));
  const auto newcomer = run(groups_->join(join_request()));
  EXPECT_EQ(synced->value().error, GroupError::rebalance_in_progress);
  log_->release();
  settle();
  EXPECT_EQ(state(), GroupState::preparing_rebalance);
  EXPECT_FALSE(newcomer->has_value());
}

TEST_F(GroupSync, RefusesTheWrongOnes) {
  SyncRequest request{.group = std::string(group_name), .member_id = "nobody", .generation = 1};
  EXPECT_EQ(finish(groups_->sync(request)).error, GroupError::unknown_member);
  const auto members = stable_group(1);
  EXPECT_EQ(finish(groups_->sync(request)).error, GroupError::unknown_member);
  request = sync_request(members[0]);
  request.generation += 1;
  EXPECT_EQ(finish(groups_->sync(request)).error, GroupError::illegal_generation);
  request = sync_request(members[0]);
  request.protocol_type = "connect";
  EXPECT_EQ(finish(groups_->sync(request)).error, GroupError::inconsistent_protocol);
  request = sync_request(members[0]);
  request.protocol_name = "sticky";
  EXPECT_EQ(finish(groups_->sync(request)).error, GroupError::inconsistent_protocol);
  request = sync_request(members[0]);
  request.assignments = {
      {"x", Bytes::copy_of(std::string(options_.member_metadata_bytes_max + 1, 'x'))}};
  EXPECT_EQ(finish(groups_->sync(request)).error, GroupError::too_large);
  request.group.clear();
  EXPECT_EQ(finish(groups_->sync(request)).error, GroupError::invalid_group_id);
}

TEST_F(GroupSync, DuringARebalanceItSaysSo) {
  const auto members = stable_group(1);
  const auto newcomer = run(groups_->join(join_request()));
  EXPECT_EQ(finish(groups_->sync(sync_request(members[0]))).error,
            GroupError::rebalance_in_progress);
}

TEST_F(GroupSync, AMemberThatNeverSyncsIsRemoved) {
  const auto first = stable_group(1);
  const auto newcomer = run(groups_->join(join_request()));
  const JoinResult leader = finish(groups_->join(join_request(first[0].member_id)));
  finish(groups_->sync(sync_request(leader, {leader.member_id})));
  // The newcomer's heartbeats keep its session, but it never asks for its part.
  for (int i = 0; i < 12; ++i) {
    pass_ms(5'000);
    heartbeat(leader);
    heartbeat(newcomer->value());
  }
  EXPECT_EQ(heartbeat(newcomer->value()), GroupError::unknown_member);
  EXPECT_EQ(heartbeat(leader), GroupError::rebalance_in_progress);
}

TEST_F(GroupSync, ALeaderThatNeverSyncsIsReplaced) {
  const auto first = stable_group(1);
  JoinRequest request = join_request();
  const auto newcomer = run(groups_->join(request));
  const JoinResult leader = finish(groups_->join(join_request(first[0].member_id)));
  const auto follower = run(groups_->sync(sync_request(newcomer->value())));
  pass_ms(session_ms + 1);
  EXPECT_EQ(follower->value().error, GroupError::rebalance_in_progress);
  EXPECT_EQ(heartbeat(leader), GroupError::unknown_member);
  const JoinResult next = finish(groups_->join(join_request(newcomer->value().member_id)));
  EXPECT_EQ(next.leader, newcomer->value().member_id);
}

}  // namespace
}  // namespace koine::core
