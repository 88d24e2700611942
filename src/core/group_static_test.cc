// Static membership: KIP-345, KIP-814.
#include "core/group_test_bench.h"

namespace koine::core {
namespace {

class GroupStatic : public GroupBench {
 protected:
  // Alone and stable.
  JoinResult stable_static() {
    const JoinResult joined = finish(groups_->join(static_join_request("one")));
    sync_all({joined});
    return joined;
  }
};

TEST_F(GroupStatic, ComesBackWithoutARebalance) {
  const JoinResult before = stable_static();
  const JoinResult after = finish(groups_->join(static_join_request("one")));
  EXPECT_EQ(after.error, GroupError::none);
  EXPECT_EQ(after.generation, before.generation);
  EXPECT_NE(after.member_id, before.member_id);
  EXPECT_EQ(state(), GroupState::stable);
  EXPECT_EQ(finish(groups_->sync(sync_request(after))).assignment.text(),
            "part of " + before.member_id);
}

TEST_F(GroupStatic, AnOlderClientIsNotToldThatItLeads) {
  const JoinResult before = stable_static();
  const JoinResult after = finish(groups_->join(static_join_request("one")));
  EXPECT_EQ(after.leader, before.member_id);
  EXPECT_FALSE(after.skip_assignment);
  EXPECT_TRUE(after.members.empty());
}

TEST_F(GroupStatic, ANewerClientLeadsWithoutAssigning) {
  stable_static();
  JoinRequest request = static_join_request("one");
  request.supports_skipping_assignment = true;
  const JoinResult after = finish(groups_->join(request));
  EXPECT_EQ(after.leader, after.member_id);
  EXPECT_TRUE(after.skip_assignment);
  EXPECT_EQ(after.members.size(), 1U);
}

TEST_F(GroupStatic, TheOneBeforeIsFenced) {
  const JoinResult before = stable_static();
  finish(groups_->join(static_join_request("one")));
  EXPECT_EQ(groups_->heartbeat({.group = std::string(group_name),
                                .member_id = before.member_id,
                                .instance_id = "one",
                                .generation = before.generation}),
            GroupError::fenced_instance);
  EXPECT_EQ(finish(groups_->join(static_join_request("one", before.member_id))).error,
            GroupError::fenced_instance);
  SyncRequest sync = sync_request(before);
  sync.instance_id = "one";
  EXPECT_EQ(finish(groups_->sync(sync)).error, GroupError::fenced_instance);
  CommitRequest commit_of_before = member_commit(before, "orders", 1);
  commit_of_before.instance_id = "one";
  EXPECT_EQ(commit(commit_of_before), GroupError::fenced_instance);
  EXPECT_EQ(leave({before.member_id, "one"}), GroupError::fenced_instance);
  EXPECT_EQ(leave({before.member_id, "two"}), GroupError::unknown_member);
}

TEST_F(GroupStatic, TheOneBeforeIsFencedWhileItWaits) {
  stable_static();
  const auto waiting = run(groups_->join(static_join_request("two")));
  EXPECT_FALSE(waiting->has_value());
  const auto next = run(groups_->join(static_join_request("two")));
  EXPECT_EQ(waiting->value().error, GroupError::fenced_instance);
  EXPECT_FALSE(next->has_value());
}

TEST_F(GroupStatic, ATakeoverThatCannotBeStoredHasNotHappened) {
  const JoinResult before = stable_static();
  log_->set_failing(true);
  const JoinResult failed = finish(groups_->join(static_join_request("one")));
  EXPECT_EQ(failed.error, GroupError::storage);
  EXPECT_TRUE(failed.member_id.empty());
  EXPECT_EQ(heartbeat(before), GroupError::none);
}

TEST_F(GroupStatic, TwoTakeoversAtOnceLeaveOneMember) {
  stable_static();
  log_->hold();
  const auto one = run(groups_->join(static_join_request("one")));
  const auto two = run(groups_->join(static_join_request("one")));
  log_->release();
  settle();
  EXPECT_EQ(one->value().error, GroupError::none);
  EXPECT_EQ(two->value().error, GroupError::none);
  EXPECT_EQ(heartbeat(one->value()), GroupError::unknown_member);
  EXPECT_EQ(heartbeat(two->value()), GroupError::none);
  EXPECT_EQ(groups_->describe(group_name).members.size(), 1U);
}

TEST_F(GroupStatic, OtherProtocolsStartARebalance) {
  const JoinResult before = stable_static();
  JoinRequest request = static_join_request("one");
  request.protocols.insert(request.protocols.begin(), protocol("sticky", "orders"));
  const JoinResult after = finish(groups_->join(request));
  EXPECT_EQ(after.generation, before.generation + 1);
  EXPECT_EQ(after.protocol_name, "sticky");
  EXPECT_EQ(after.leader, after.member_id);
}

TEST_F(GroupStatic, BeforeTheLeaderSyncedItStartsARebalance) {
  const JoinResult before = finish(groups_->join(static_join_request("one")));
  const JoinResult after = finish(groups_->join(static_join_request("one")));
  EXPECT_EQ(after.generation, before.generation + 1);
}

TEST_F(GroupStatic, KeepsItsPlaceInARebalanceThatItMisses) {
  JoinRequest away = static_join_request("one");
  away.session_timeout_ms = 600'000;
  const JoinResult joined = finish(groups_->join(away));
  sync_all({joined});
  const auto newcomer = run(groups_->join(join_request()));
  pass_ms(rebalance_ms + 1);
  EXPECT_EQ(newcomer->value().error, GroupError::none);
  EXPECT_EQ(newcomer->value().leader, newcomer->value().member_id);
  EXPECT_EQ(newcomer->value().members.size(), 2U);
}

TEST_F(GroupStatic, WithNobodyToLeadTheRebalanceGoesOnUntilTheSessionEnds) {
  JoinRequest away = static_join_request("one");
  away.session_timeout_ms = 150'000;
  const JoinResult one = finish(groups_->join(away));
  sync_all({one});
  const auto other = run(groups_->join(join_request()));
  EXPECT_EQ(leave({.member_id = groups_->describe(group_name).members.front().member_id}),
            GroupError::none);
  settle();
  pass_ms(2 * rebalance_ms + 200'000);
  EXPECT_TRUE(other->has_value());
  EXPECT_EQ(state(), GroupState::empty);
}

TEST_F(GroupStatic, AnAdministratorRemovesItByItsInstance) {
  stable_static();
  EXPECT_EQ(leave({.instance_id = "two"}), GroupError::unknown_member);
  EXPECT_EQ(leave({.instance_id = "one"}), GroupError::none);
  EXPECT_EQ(state(), GroupState::empty);
}

}  // namespace
}  // namespace koine::core
