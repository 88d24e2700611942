#include "core/group_test_bench.h"

namespace koine::core {
namespace {

// Long enough for the tests' members to keep their sessions by a few heartbeats.
constexpr std::int64_t retention_ms = 100'000;

class GroupExpiry : public GroupBench {
 protected:
  GroupExpiry() : GroupBench({.offsets_retention_ms = retention_ms}) {}

  void pass_with_heartbeats_ms(const JoinResult& joined, std::int64_t duration_ms) {
    for (std::int64_t passed_ms = 0; passed_ms < duration_ms; passed_ms += 5'000) {
      EXPECT_EQ(heartbeat(joined), GroupError::none);
      pass_ms(5'000);
    }
  }
};

TEST_F(GroupExpiry, WithoutMembersOffsetsAgeFromTheirCommit) {
  EXPECT_EQ(commit(commit_request("orders", 1)), GroupError::none);
  pass_ms(retention_ms / 2);
  EXPECT_EQ(commit(commit_request("payments", 1)), GroupError::none);
  pass_ms(retention_ms / 2 + 1);
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(committed("orders"), -1);
  EXPECT_EQ(committed("payments"), 1);
  pass_ms(retention_ms / 2);
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(groups_->group_count(), 0U);
}

TEST_F(GroupExpiry, MembersOffsetsAgeFromWhenTheLastOneLeft) {
  const auto members = stable_group(1);
  EXPECT_EQ(commit(member_commit(members[0], "orders", 1)), GroupError::none);
  pass_with_heartbeats_ms(members[0], retention_ms);
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(committed("orders"), 1);
  EXPECT_EQ(leave({.member_id = members[0].member_id}), GroupError::none);
  pass_ms(retention_ms - 1'000);
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(committed("orders"), 1);
  pass_ms(1'000);
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(committed("orders"), -1);
  EXPECT_EQ(groups_->group_count(), 0U);
}

TEST_F(GroupExpiry, TopicsThatTheMembersGaveUpAge) {
  const auto members = stable_group(1);
  EXPECT_EQ(commit(member_commit(members[0], "orders", 1)), GroupError::none);
  EXPECT_EQ(commit(member_commit(members[0], "payments", 1)), GroupError::none);
  pass_with_heartbeats_ms(members[0], retention_ms);
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(committed("orders"), 1);
  EXPECT_EQ(committed("payments"), -1);
}

TEST_F(GroupExpiry, NothingAgesDuringARebalance) {
  const auto members = stable_group(1);
  EXPECT_EQ(commit(member_commit(members[0], "payments", 1)), GroupError::none);
  pass_with_heartbeats_ms(members[0], retention_ms);
  const auto newcomer = run(groups_->join(join_request()));
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(committed("payments"), 1);
}

TEST_F(GroupExpiry, ARetentionOfItsOwnCounts) {
  CommitRequest request = commit_request("orders", 1);
  request.retention_ms = 1'000;
  EXPECT_EQ(commit(request), GroupError::none);
  request = commit_request("payments", 1);
  request.retention_ms = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(commit(request), GroupError::none);
  pass_ms(1'001);
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(committed("orders"), -1);
  pass_ms(10 * retention_ms);
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(committed("payments"), 1);
}

TEST_F(GroupExpiry, AnOffsetOnItsWayToTheDiskIsYoung) {
  EXPECT_EQ(commit(commit_request("orders", 1)), GroupError::none);
  pass_ms(retention_ms + 1);
  log_->hold();
  const auto committing = run(groups_->commit(commit_request("orders", 2)));
  EXPECT_TRUE(finish(groups_->expire()));
  log_->release();
  settle();
  EXPECT_EQ(committed("orders"), 2);
}

TEST_F(GroupExpiry, WhatCannotBeStoredIsTriedTheNextTime) {
  EXPECT_EQ(commit(commit_request("orders", 1)), GroupError::none);
  pass_ms(retention_ms + 1);
  log_->set_failing(true);
  EXPECT_FALSE(finish(groups_->expire()));
  EXPECT_EQ(committed("orders"), 1);
  log_->set_failing(false);
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(committed("orders"), -1);
}

TEST_F(GroupExpiry, GroupsThatKeepNothingAreForgotten) {
  const auto members = stable_group(1);
  leave({.member_id = members[0].member_id});
  EXPECT_TRUE(finish(groups_->expire()));
  EXPECT_EQ(groups_->group_count(), 0U);
  restart(From::entries);
  EXPECT_EQ(groups_->group_count(), 0U);
}

}  // namespace
}  // namespace koine::core
