// What a restart keeps, and the formats on disk.
#include "core/group_test_bench.h"

namespace koine::core {
namespace {

class GroupRestart : public GroupBench, public testing::WithParamInterface<bool> {
 protected:
  void restart_now() { restart(GetParam() ? From::checkpoint : From::entries); }
};

INSTANTIATE_TEST_SUITE_P(FromCheckpointAndEntries, GroupRestart, testing::Bool());

TEST_P(GroupRestart, MembersGoOnWithoutARebalance) {
  const auto members = stable_group(2);
  EXPECT_EQ(commit(member_commit(members[1], "orders", 3)), GroupError::none);
  pass_ms(session_ms - 1'000);
  restart_now();
  EXPECT_EQ(state(), GroupState::stable);
  pass_ms(session_ms - 1'000);
  for (const JoinResult& member : members) {
    EXPECT_EQ(heartbeat(member), GroupError::none);
    EXPECT_EQ(finish(groups_->sync(sync_request(member))).assignment.text(),
              "part of " + member.member_id);
  }
  EXPECT_EQ(commit(member_commit(members[0], "orders", 4)), GroupError::none);
  const JoinResult again = finish(groups_->join(join_request(members[1].member_id)));
  EXPECT_EQ(again.generation, members[1].generation);
  EXPECT_EQ(again.leader, members[0].member_id);
}

TEST_P(GroupRestart, WhoDoesNotComeBackLosesItsPlace) {
  stable_group(1);
  restart_now();
  pass_ms(session_ms + 1);
  EXPECT_EQ(state(), GroupState::empty);
}

TEST_P(GroupRestart, StaticMembersKeepTheirInstances) {
  const JoinResult before = finish(groups_->join(static_join_request("one")));
  sync_all({before});
  const JoinResult taken_over = finish(groups_->join(static_join_request("one")));
  restart_now();
  EXPECT_EQ(heartbeat(taken_over), GroupError::none);
  EXPECT_EQ(finish(groups_->join(static_join_request("one", before.member_id))).error,
            GroupError::fenced_instance);
  EXPECT_EQ(finish(groups_->join(static_join_request("one"))).generation, before.generation);
}

TEST_P(GroupRestart, AGenerationThatWasNotStableIsForgotten) {
  const auto members = stable_group(1);
  const JoinResult next = finish(groups_->join(join_request(members[0].member_id)));
  restart_now();
  EXPECT_EQ(heartbeat(next), GroupError::illegal_generation);
  EXPECT_EQ(heartbeat(members[0]), GroupError::none);
}

TEST_P(GroupRestart, AnEmptyGroupIsEmptySinceItWas) {
  options_.offsets_retention_ms = 20'000;
  restart_now();
  const auto members = stable_group(1);
  EXPECT_EQ(commit(member_commit(members[0], "orders", 3)), GroupError::none);
  leave({.member_id = members[0].member_id});
  pass_ms(15'000);
  restart_now();
  EXPECT_EQ(state(), GroupState::empty);
  EXPECT_EQ(committed("orders"), 3);
  EXPECT_EQ(groups_->list({})[0].protocol_type, "consumer");
  pass_ms(5'000);
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(committed("orders"), -1);
}

TEST_P(GroupRestart, WhoLeftIsNotThereAndTheOthersShareAnew) {
  const auto members = stable_group(3);
  EXPECT_EQ(leave({.member_id = members[0].member_id}), GroupError::none);
  restart_now();
  EXPECT_EQ(state(), GroupState::preparing_rebalance);
  EXPECT_EQ(heartbeat(members[0]), GroupError::unknown_member);
  EXPECT_EQ(heartbeat(members[1]), GroupError::rebalance_in_progress);
  const auto second = run(groups_->join(join_request(members[1].member_id)));
  const auto third = run(groups_->join(join_request(members[2].member_id)));
  settle();
  EXPECT_EQ(second->value().generation, members[1].generation + 1);
  EXPECT_EQ(second->value().members.size() + third->value().members.size(), 2U);
  sync_all({second->value(), third->value()});
  EXPECT_EQ(state(), GroupState::stable);
  restart_now();
  EXPECT_EQ(heartbeat(third->value()), GroupError::none);
}

TEST_P(GroupRestart, WhoLeftLastLeavesAnEmptyGroup) {
  const auto members = stable_group(1);
  EXPECT_EQ(leave({.member_id = members[0].member_id}), GroupError::none);
  restart_now();
  EXPECT_EQ(state(), GroupState::empty);
}

TEST_P(GroupRestart, AStaticMemberThatAnAdministratorRemovedIsGone) {
  const JoinResult one = finish(groups_->join(static_join_request("one")));
  sync_all({one});
  EXPECT_EQ(leave({.instance_id = "one"}), GroupError::none);
  restart_now();
  EXPECT_EQ(finish(groups_->join(static_join_request("one", one.member_id))).error,
            GroupError::unknown_member);
}

TEST_P(GroupRestart, LeavingIsAnsweredWhenItIsDurable) {
  const auto members = stable_group(2);
  log_->hold();
  const auto left =
      run(groups_->leave(std::string(group_name), {{.member_id = members[1].member_id}}));
  pass_ms(1'000);
  EXPECT_FALSE(left->has_value());
  EXPECT_EQ(heartbeat(members[1]), GroupError::unknown_member);
  EXPECT_EQ(heartbeat(members[0]), GroupError::rebalance_in_progress);
  log_->release();
  settle();
  EXPECT_EQ(left->value().by_member, std::vector{GroupError::none});
  restart_now();
  EXPECT_EQ(heartbeat(members[1]), GroupError::unknown_member);
}

TEST_P(GroupRestart, ALeaveThatCouldNotBeStoredIsNotAcknowledged) {
  const auto members = stable_group(2);
  log_->set_failing(true);
  EXPECT_EQ(leave({.member_id = members[1].member_id}), GroupError::storage);
  restart_now();
  EXPECT_EQ(heartbeat(members[1]), GroupError::none);
}

TEST_P(GroupRestart, DeletionsStay) {
  EXPECT_EQ(commit(commit_request("orders", 1)), GroupError::none);
  EXPECT_EQ(commit(commit_request("payments", 2)), GroupError::none);
  EXPECT_EQ(commit(commit_request("refunds", 3)), GroupError::none);
  EXPECT_TRUE(finish(groups_->remove_topic("orders")));
  finish(groups_->delete_offsets(std::string(group_name), {{"payments", PartitionId(0)}}));
  CommitRequest other = commit_request("orders", 1);
  other.group = "another";
  EXPECT_EQ(commit(other), GroupError::none);
  EXPECT_EQ(finish(groups_->delete_group("another")), GroupError::none);
  restart_now();
  EXPECT_EQ(committed("orders"), -1);
  EXPECT_EQ(committed("payments"), -1);
  EXPECT_EQ(committed("refunds"), 3);
  EXPECT_EQ(groups_->group_count(), 1U);
}

TEST(GroupStore, EveryTruncatedStateOrEntryIsCorrupt) {
  GroupMember member{.member_id = "a",
                     .instance_id = "one",
                     .protocols = {{"range", Bytes::copy_of("x"), std::vector<std::string>{"t"}}}};
  const GroupMetadata metadata{.generation = 4, .leader = "a", .members = {member}};
  const OffsetMap offsets{{{"t", PartitionId(1)}, {.offset = Offset(5), .expires_at_ms = 9}}};
  const std::vector<GroupChange> changes{GenerationStored{"g", metadata},
                                         OffsetsCommitted{"g", offsets},
                                         OffsetsRemoved{"g", {{"t", PartitionId(2)}}},
                                         TopicForgotten{"u"},
                                         GroupRemoved{"h"},
                                         MembersLeft{"g", {"b", "c"}, 7}};
  GroupStore store;
  for (const GroupChange& change : changes) {
    const auto entry = encode(change);
    for (std::size_t size = 0; size < entry.size(); ++size) {
      const auto result = decode_group_change(ByteView(entry).first(size));
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code(), ErrorCode::corrupt);
    }
    ASSERT_TRUE(store.replay(entry));
  }
  const auto saved = store.save();
  for (std::size_t size = 0; size < saved.size(); ++size) {
    EXPECT_FALSE(GroupStore().restore(ByteView(saved).first(size)));
  }
  GroupStore restored;
  ASSERT_TRUE(restored.restore(saved));
  EXPECT_EQ(restored.save(), saved);
}

TEST(GroupStore, RefusesWhatItDoesNotKnow) {
  auto entry = encode(GroupRemoved{"g"});
  entry[1] = std::byte{9};
  EXPECT_EQ(GroupStore().replay(entry).error().code(), ErrorCode::corrupt);
  entry[0] = std::byte{2};
  EXPECT_EQ(GroupStore().replay(entry).error().code(), ErrorCode::unsupported);
  auto saved = GroupStore().save();
  saved.push_back(std::byte{0});
  EXPECT_EQ(GroupStore().restore(saved).error().code(), ErrorCode::corrupt);
  saved[0] = std::byte{2};
  EXPECT_EQ(GroupStore().restore(saved).error().code(), ErrorCode::unsupported);
}

TEST(GroupStore, RefusesMembersThatContradictEachOther) {
  const GroupMember member{.member_id = "a"};
  const GroupMetadata twice{.leader = "a", .members = {member, member}};
  EXPECT_FALSE(GroupStore().replay(encode(GenerationStored{"g", twice})));
  const GroupMetadata headless{.leader = "b", .members = {member}};
  EXPECT_FALSE(GroupStore().replay(encode(GenerationStored{"g", headless})));
}

}  // namespace
}  // namespace koine::core
