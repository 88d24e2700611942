// The life of a consumer group as its members see it: JoinGroup, SyncGroup, Heartbeat, LeaveGroup, and what DescribeGroups
// and ListGroups tell of it meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/kafka/authorized_operations.h"
#include "protocols/kafka/handlers/describe_groups.h"
#include "protocols/kafka/handlers/heartbeat.h"
#include "protocols/kafka/handlers/join_group.h"
#include "protocols/kafka/handlers/leave_group.h"
#include "protocols/kafka/handlers/list_groups.h"
#include "protocols/kafka/handlers/sync_group.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

using testing::IsEmpty;

Bytes subscription(std::string_view topic) {
  Writer writer;
  writer.int16(1);
  writer.count(1);
  writer.string(topic);
  return Bytes::copy_of(writer.view());
}

class GroupMembership : public testing::Test {
 protected:
  JoinGroupRequest joining(std::string member_id = "") const {
    return {.group_id = "readers",
            .session_timeout_ms = 10'000,
            .rebalance_timeout_ms = 60'000,
            .member_id = std::move(member_id),
            .protocol_type = "consumer",
            .protocols = {{"range", subscription_.view()}}};
  }
  SyncGroupRequest syncing(const JoinGroupResponse& joined) const {
    return {.group_id = "readers",
            .generation_id = joined.generation_id,
            .member_id = joined.member_id};
  }
  // A group of one member, stable.
  JoinGroupResponse join_alone(Version version = 5) {
    auto joined = client_.call<JoinGroupResponse>(joining(), version);
    if (joined.error_code == KafkaError::member_id_required) {
      joined = client_.call<JoinGroupResponse>(joining(joined.member_id), version);
    }
    EXPECT_EQ(joined.error_code, KafkaError::none);
    SyncGroupRequest request = syncing(joined);
    request.assignments = {{joined.member_id, as_bytes("all")}};
    const auto synced = client_.call<SyncGroupResponse>(request, 3);
    EXPECT_EQ(synced.error_code, KafkaError::none);
    EXPECT_EQ(as_text(synced.assignment), "all");
    return joined;
  }
  KafkaError heartbeat(std::string member_id, std::int32_t generation) {
    const HeartbeatRequest request{
        .group_id = "readers", .generation_id = generation, .member_id = std::move(member_id)};
    return client_.call<HeartbeatResponse>(request, 4).error_code;
  }
  DescribeGroupsResponse::Group describe(std::string group) {
    const DescribeGroupsRequest request{.groups = {std::move(group)}};
    return client_.call<DescribeGroupsResponse>(request, 5).groups.at(0);
  }

  Bytes subscription_ = subscription("orders");
  TestBroker broker_{{.shard_count = 3}};
  TestClient client_ = broker_.connect();
};

TEST_F(GroupMembership, GivesANewMemberItsIdFirst) {
  const auto first = client_.call<JoinGroupResponse>(joining(), 4);
  EXPECT_EQ(first.error_code, KafkaError::member_id_required);
  EXPECT_TRUE(first.member_id.starts_with("test-"));
  const auto second = client_.call<JoinGroupResponse>(joining(first.member_id), 4);
  EXPECT_EQ(second.error_code, KafkaError::none);
  EXPECT_EQ(second.member_id, first.member_id);
}

TEST_F(GroupMembership, TellsTheLeaderWhoIsThere) {
  const auto joined = client_.call<JoinGroupResponse>(joining(), 0);
  EXPECT_EQ(joined.error_code, KafkaError::none);
  EXPECT_EQ(joined.generation_id, 1);
  EXPECT_EQ(joined.protocol_name, "range");
  EXPECT_EQ(joined.leader, joined.member_id);
  ASSERT_EQ(joined.members.size(), 1U);
  EXPECT_EQ(as_text(joined.members[0].metadata), subscription_.text());
}

TEST_F(GroupMembership, TellsTypeAndNameOfTheProtocolInLaterVersions) {
  auto joined = client_.call<JoinGroupResponse>(joining(), 9);
  EXPECT_EQ(joined.protocol_name, std::nullopt);
  joined = client_.call<JoinGroupResponse>(joining(joined.member_id), 9);
  EXPECT_EQ(joined.protocol_type, "consumer");
  EXPECT_EQ(joined.protocol_name, "range");
  SyncGroupRequest request = syncing(joined);
  request.protocol_type = "consumer";
  request.protocol_name = "range";
  const auto synced = client_.call<SyncGroupResponse>(request, 5);
  EXPECT_EQ(synced.error_code, KafkaError::none);
  EXPECT_EQ(synced.protocol_name, "range");
}

TEST_F(GroupMembership, SharesBetweenTwoMembersOnTwoShards) {
  const auto first = join_alone();
  TestClient other = broker_.connect({}, 2);
  auto second = other.call<JoinGroupResponse>(joining(), 5);
  ASSERT_EQ(second.error_code, KafkaError::member_id_required);
  ASSERT_TRUE(other.send(joining(second.member_id), 5));
  while (heartbeat(first.member_id, first.generation_id) == KafkaError::none) {
  }
  EXPECT_EQ(heartbeat(first.member_id, first.generation_id), KafkaError::rebalance_in_progress);
  const auto leader = client_.call<JoinGroupResponse>(joining(first.member_id), 5);
  second = other.receive<JoinGroupResponse>(5);
  EXPECT_EQ(leader.members.size(), 2U);
  EXPECT_THAT(second.members, IsEmpty());
  EXPECT_EQ(second.leader, leader.member_id);

  ASSERT_TRUE(other.send(syncing(second), 3));
  SyncGroupRequest assigning = syncing(leader);
  assigning.assignments = {{leader.member_id, as_bytes("left")},
                           {second.member_id, as_bytes("right")}};
  EXPECT_EQ(as_text(client_.call<SyncGroupResponse>(assigning, 3).assignment), "left");
  EXPECT_EQ(as_text(other.receive<SyncGroupResponse>(3).assignment), "right");
}

TEST_F(GroupMembership, RefusesMembersThatAreUnknownOrOld) {
  const auto joined = join_alone();
  EXPECT_EQ(heartbeat(joined.member_id, joined.generation_id), KafkaError::none);
  EXPECT_EQ(heartbeat(joined.member_id, 7), KafkaError::illegal_generation);
  EXPECT_EQ(heartbeat("nobody", joined.generation_id), KafkaError::unknown_member_id);
  EXPECT_EQ(client_.call<JoinGroupResponse>(joining("nobody"), 5).error_code,
            KafkaError::unknown_member_id);
  const SyncGroupRequest request{.group_id = "readers", .generation_id = 1, .member_id = "nobody"};
  EXPECT_EQ(client_.call<SyncGroupResponse>(request, 3).error_code, KafkaError::unknown_member_id);
}

TEST_F(GroupMembership, RefusesRequestsThatMakeNoSense) {
  JoinGroupRequest request = joining();
  request.group_id = "";
  EXPECT_EQ(client_.call<JoinGroupResponse>(request, 5).error_code, KafkaError::invalid_group_id);
  request = joining();
  request.session_timeout_ms = 1;
  EXPECT_EQ(client_.call<JoinGroupResponse>(request, 5).error_code,
            KafkaError::invalid_session_timeout);
  request = joining();
  const std::string long_metadata(1'000'000, 'x');
  request.protocols[0].metadata = as_bytes(long_metadata);
  EXPECT_EQ(client_.call<JoinGroupResponse>(request, 5).error_code, KafkaError::policy_violation);
}

TEST_F(GroupMembership, LeavesAlone) {
  const auto joined = join_alone();
  const LeaveGroupRequest request{.group_id = "readers", .member_id = joined.member_id};
  EXPECT_EQ(client_.call<LeaveGroupResponse>(request, 2).error_code, KafkaError::none);
  EXPECT_EQ(client_.call<LeaveGroupResponse>(request, 2).error_code, KafkaError::unknown_member_id);
}

TEST_F(GroupMembership, LeavesTogether) {
  const auto joined = join_alone();
  const LeaveGroupRequest request{
      .group_id = "readers",
      .members = {{.member_id = joined.member_id, .reason = "done"}, {.member_id = "nobody"}}};
  const auto left = client_.call<LeaveGroupResponse>(request, 5);
  EXPECT_EQ(left.error_code, KafkaError::none);
  EXPECT_EQ(left.members.at(0).error_code, KafkaError::none);
  EXPECT_EQ(left.members.at(1).error_code, KafkaError::unknown_member_id);
  EXPECT_EQ(client_.call<LeaveGroupResponse>(LeaveGroupRequest{}, 5).error_code,
            KafkaError::invalid_group_id);
}

TEST_F(GroupMembership, IsDescribed) {
  const auto joined = join_alone();
  const auto group = describe("readers");
  EXPECT_EQ(group.error_code, KafkaError::none);
  EXPECT_EQ(group.group_state, "Stable");
  EXPECT_EQ(group.protocol_type, "consumer");
  EXPECT_EQ(group.protocol_data, "range");
  ASSERT_EQ(group.members.size(), 1U);
  EXPECT_EQ(group.members[0].member_id, joined.member_id);
  EXPECT_EQ(group.members[0].client_id, "test");
  EXPECT_EQ(group.members[0].client_host, "/127.0.0.1");
  EXPECT_EQ(as_text(group.members[0].member_metadata), subscription_.text());
  EXPECT_EQ(as_text(group.members[0].member_assignment), "all");
  EXPECT_EQ(group.authorized_operations, operations_not_asked);
}

TEST_F(GroupMembership, DescribesSeveralGroupsInOrder) {
  join_alone();
  const DescribeGroupsRequest request{.groups = {"missing", "readers", "other", "missing"},
                                      .include_authorized_operations = true};
  const auto groups = client_.call<DescribeGroupsResponse>(request, 5).groups;
  ASSERT_EQ(groups.size(), 4U);
  EXPECT_EQ(groups[0].group_id, "missing");
  EXPECT_EQ(groups[0].error_code, KafkaError::none);
  EXPECT_EQ(groups[0].group_state, "Dead");
  EXPECT_EQ(groups[1].group_state, "Stable");
  EXPECT_EQ(groups[1].authorized_operations, group_operations);
}

TEST_F(GroupMembership, IsListedByItsState) {
  join_alone();
  const auto names = [&](std::vector<std::string> states) {
    std::vector<std::string> listed;
    for (const auto& group :
         client_.call<ListGroupsResponse>(ListGroupsRequest{std::move(states)}, 4).groups) {
      EXPECT_EQ(group.protocol_type, "consumer");
      listed.push_back(group.group_id + " " + group.group_state);
    }
    return listed;
  };
  const std::vector<std::string> one{"readers Stable"};
  EXPECT_EQ(names({}), one);
  EXPECT_EQ(names({"Empty", "stable"}), one);
  EXPECT_THAT(names({"PreparingRebalance"}), IsEmpty());
  EXPECT_THAT(names({"NoSuchState"}), IsEmpty());
}

}  // namespace
}  // namespace koine::kafka
