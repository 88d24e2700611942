#include "core/group_test_bench.h"

namespace koine::core {
namespace {

class GroupJoin : public GroupBench {
 protected:
  using GroupBench::GroupBench;
};

TEST_F(GroupJoin, TheFirstMemberLeadsAtOnce) {
  const JoinResult joined = finish(groups_->join(join_request()));
  EXPECT_EQ(joined.error, GroupError::none);
  EXPECT_EQ(joined.generation, 1);
  EXPECT_EQ(joined.protocol_name, "range");
  EXPECT_EQ(joined.protocol_type, "consumer");
  EXPECT_EQ(joined.leader, joined.member_id);
  ASSERT_EQ(joined.members.size(), 1U);
  EXPECT_EQ(joined.members[0].metadata.text(), "subscribes to orders");
  EXPECT_TRUE(joined.member_id.starts_with("client-"));
  EXPECT_EQ(state(), GroupState::completing_rebalance);
}

TEST_F(GroupJoin, OnlyTheLeaderLearnsTheMembers) {
  const auto joined = stable_group(3);
  EXPECT_EQ(joined[0].members.size(), 3U);
  EXPECT_TRUE(joined[1].members.empty());
  EXPECT_TRUE(joined[2].members.empty());
  EXPECT_EQ(joined[1].leader, joined[0].member_id);
  EXPECT_EQ(state(), GroupState::stable);
}

TEST_F(GroupJoin, MembersAreToldToJoinAgainWhenOneComes) {
  const auto first = stable_group(1);
  const auto newcomer = run(groups_->join(join_request()));
  EXPECT_FALSE(newcomer->has_value());
  EXPECT_EQ(state(), GroupState::preparing_rebalance);
  EXPECT_EQ(heartbeat(first[0]), GroupError::rebalance_in_progress);
  const JoinResult again = finish(groups_->join(join_request(first[0].member_id)));
  EXPECT_EQ(again.generation, 2);
  EXPECT_EQ(newcomer->value().generation, 2);
  EXPECT_EQ(again.leader, first[0].member_id);
}

TEST_F(GroupJoin, WhoDoesNotJoinAgainInTimeIsRemoved) {
  const auto first = stable_group(2);
  const auto newcomer = run(groups_->join(join_request()));
  const auto again = run(groups_->join(join_request(first[0].member_id)));
  for (int i = 0; i < 11; ++i) {
    EXPECT_EQ(heartbeat(first[1]), GroupError::rebalance_in_progress);
    pass_ms(5'000);
  }
  EXPECT_FALSE(newcomer->has_value());
  pass_ms(5'001);
  EXPECT_EQ(newcomer->value().error, GroupError::none);
  EXPECT_EQ(again->value().members.size(), 2U);
  EXPECT_EQ(heartbeat(first[1]), GroupError::unknown_member);
}

TEST_F(GroupJoin, AnotherMemberLeadsWhenTheLeaderIsGone) {
  const auto first = stable_group(2);
  EXPECT_EQ(leave({.member_id = first[0].member_id}), GroupError::none);
  const JoinResult again = finish(groups_->join(join_request(first[1].member_id)));
  EXPECT_EQ(again.leader, first[1].member_id);
  EXPECT_EQ(again.members.size(), 1U);
}

TEST_F(GroupJoin, ANewMemberGetsItsIdFirstIfItsClientCanCarryIt) {
  JoinRequest request = join_request();
  request.requires_known_member_id = true;
  const JoinResult refused = finish(groups_->join(request));
  EXPECT_EQ(refused.error, GroupError::member_id_required);
  EXPECT_FALSE(refused.member_id.empty());
  request.member_id = refused.member_id;
  const JoinResult joined = finish(groups_->join(request));
  EXPECT_EQ(joined.error, GroupError::none);
  EXPECT_EQ(joined.member_id, refused.member_id);
}

TEST_F(GroupJoin, AnIdThatNobodyComesBackWithIsForgotten) {
  JoinRequest request = join_request();
  request.requires_known_member_id = true;
  request.member_id = finish(groups_->join(request)).member_id;
  pass_ms(session_ms + 1);
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::unknown_member);
}

TEST_F(GroupJoin, ARebalanceWaitsForAnIdThatWasGivenOut) {
  const auto first = stable_group(1);
  JoinRequest request = join_request();
  request.requires_known_member_id = true;
  request.member_id = finish(groups_->join(request)).member_id;
  const auto leader = run(groups_->join(join_request(first[0].member_id)));
  EXPECT_FALSE(leader->has_value());
  EXPECT_EQ(leave({.member_id = request.member_id}), GroupError::none);
  settle();
  EXPECT_EQ(leader->value().members.size(), 1U);
}

TEST_F(GroupJoin, AnIdThatWasGivenOutHasNoInstance) {
  JoinRequest request = join_request();
  request.requires_known_member_id = true;
  request.member_id = finish(groups_->join(request)).member_id;
  request.instance_id = "one";
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::invalid_request);
  EXPECT_EQ(leave({request.member_id, "one"}), GroupError::invalid_request);
}

TEST_F(GroupJoin, RefusesWhatIsWrongInItself) {
  JoinRequest request = join_request();
  request.group.clear();
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::invalid_group_id);
  request = join_request();
  request.session_timeout_ms = options_.session_timeout_min_ms - 1;
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::invalid_session_timeout);
  request.session_timeout_ms = options_.session_timeout_max_ms + 1;
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::invalid_session_timeout);
  request = join_request();
  request.protocols[0].metadata =
      Bytes::copy_of(std::string(options_.member_metadata_bytes_max, 'x'));
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::too_large);
  EXPECT_EQ(finish(groups_->join(join_request("nobody"))).error, GroupError::unknown_member);
  EXPECT_EQ(groups_->group_count(), 0U);
}

TEST_F(GroupJoin, RefusesAnUnknownMemberOfAKnownGroup) {
  stable_group(1);
  EXPECT_EQ(finish(groups_->join(join_request("nobody"))).error, GroupError::unknown_member);
}

TEST_F(GroupJoin, RefusesProtocolsThatNotAllKnow) {
  stable_group(1);
  JoinRequest request = join_request();
  request.protocols = {protocol("sticky", "orders")};
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::inconsistent_protocol);
  request = join_request();
  request.protocol_type = "connect";
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::inconsistent_protocol);
  request = join_request();
  request.protocols.clear();
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::inconsistent_protocol);
}

TEST_F(GroupJoin, ChoosesTheProtocolThatAllKnowAndMostPrefer) {
  JoinRequest first = join_request();
  first.protocols = {protocol("sticky", "a"), protocol("range", "b"), protocol("cooperative", "c")};
  JoinRequest second = join_request();
  second.protocols = {protocol("cooperative", "d"), protocol("range", "e")};
  JoinRequest third = second;
  const JoinResult leader = finish(groups_->join(first));
  EXPECT_EQ(leader.protocol_name, "sticky");
  const auto two = run(groups_->join(second));
  const auto three = run(groups_->join(third));
  first.member_id = leader.member_id;
  const JoinResult again = finish(groups_->join(first));
  EXPECT_EQ(again.protocol_name, "cooperative");
  for (const JoinedMember& member : again.members) {
    const std::string_view expected =
        member.member_id == leader.member_id ? "subscribes to c" : "subscribes to d";
    EXPECT_EQ(member.metadata.text(), expected);
  }
}

TEST_F(GroupJoin, AFollowerThatSaysTheSameAgainKeepsTheGenerationStable) {
  const auto members = stable_group(2);
  const JoinResult again = finish(groups_->join(join_request(members[1].member_id)));
  EXPECT_EQ(again.error, GroupError::none);
  EXPECT_EQ(again.generation, members[1].generation);
  EXPECT_TRUE(again.members.empty());
  EXPECT_EQ(state(), GroupState::stable);
}

TEST_F(GroupJoin, AFollowerThatSaysSomethingElseStartsARebalance) {
  const auto members = stable_group(2);
  JoinRequest request = join_request(members[1].member_id);
  request.protocols = {protocol("range", "payments")};
  const auto again = run(groups_->join(request));
  EXPECT_FALSE(again->has_value());
  EXPECT_EQ(state(), GroupState::preparing_rebalance);
}

TEST_F(GroupJoin, TheLeaderOfAStableGroupCanAskForARebalance) {
  const auto members = stable_group(1);
  const JoinResult again = finish(groups_->join(join_request(members[0].member_id)));
  EXPECT_EQ(again.generation, members[0].generation + 1);
}

TEST_F(GroupJoin, AnAnswerThatWasLostIsGivenAgain) {
  const JoinResult joined = finish(groups_->join(join_request()));
  const JoinResult again = finish(groups_->join(join_request(joined.member_id)));
  EXPECT_EQ(again.generation, joined.generation);
  EXPECT_EQ(again.members.size(), 1U);
}

TEST_F(GroupJoin, AnEarlierRequestOfTheSameMemberEnds) {
  const auto members = stable_group(2);
  const auto newcomer = run(groups_->join(join_request()));
  const auto earlier = run(groups_->join(join_request(members[0].member_id)));
  const auto later = run(groups_->join(join_request(members[0].member_id)));
  EXPECT_EQ(earlier->value().error, GroupError::rebalance_in_progress);
  EXPECT_FALSE(later->has_value());
}

class SmallGroupJoin : public GroupBench {
 protected:
  SmallGroupJoin()
      : GroupBench(
            {.groups_max = 2, .members_per_group_max = 2, .pending_members_per_group_max = 1}) {}
};

TEST_F(SmallGroupJoin, AFullGroupRefusesMore) {
  const auto members = stable_group(2);
  EXPECT_EQ(finish(groups_->join(join_request())).error, GroupError::group_max_size);
  EXPECT_EQ(heartbeat(members[0]), GroupError::none);
}

TEST_F(SmallGroupJoin, WhoJoinsAgainTooLateForAFullGroupIsRemoved) {
  const auto members = stable_group(2);
  EXPECT_EQ(leave({.member_id = members[0].member_id}), GroupError::none);
  const auto one = run(groups_->join(join_request()));
  const auto two = run(groups_->join(join_request()));
  EXPECT_EQ(finish(groups_->join(join_request(members[1].member_id))).error,
            GroupError::group_max_size);
  settle();
  EXPECT_EQ(one->value().error, GroupError::none);
  EXPECT_EQ(two->value().error, GroupError::none);
}

TEST_F(SmallGroupJoin, TheIdsThatAreGivenOutAreLimited) {
  JoinRequest request = join_request();
  request.requires_known_member_id = true;
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::member_id_required);
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::group_max_size);
}

TEST_F(SmallGroupJoin, TheGroupsAreLimitedAndIdleOnesMakeRoom) {
  JoinRequest request = join_request();
  request.requires_known_member_id = true;
  for (const char* name : {"a", "b"}) {
    request.group = name;
    EXPECT_EQ(finish(groups_->join(request)).error, GroupError::member_id_required);
  }
  request.group = "c";
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::too_many_groups);
  EXPECT_EQ(commit(commit_request("orders", 1)), GroupError::too_many_groups);
  pass_ms(session_ms + 1);
  EXPECT_EQ(finish(groups_->join(request)).error, GroupError::member_id_required);
}

class DelayedGroupJoin : public GroupBench {
 protected:
  DelayedGroupJoin() : GroupBench({.initial_rebalance_delay_ms = 3'000}) {}
};

TEST_F(DelayedGroupJoin, TheFirstRebalanceWaitsForMoreMembers) {
  const auto one = run(groups_->join(join_request()));
  pass_ms(2'000);
  const auto two = run(groups_->join(join_request()));
  pass_ms(2'000);
  EXPECT_FALSE(one->has_value());
  pass_ms(2'500);
  EXPECT_EQ(one->value().generation, 1);
  EXPECT_EQ(two->value().generation, 1);
}

TEST_F(DelayedGroupJoin, ItDoesNotWaitLongerThanTheRebalanceTimeout) {
  JoinRequest request = join_request();
  request.rebalance_timeout_ms = 5'000;
  const auto one = run(groups_->join(request));
  const auto two = run(groups_->join(request));
  for (int i = 0; i < 4; ++i) {
    pass_ms(1'000);
    run(groups_->join(request));
  }
  EXPECT_FALSE(one->has_value());
  pass_ms(1'000);
  EXPECT_EQ(one->value().error, GroupError::none);
}

}  // namespace
}  // namespace koine::core
