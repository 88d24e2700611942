// What is said to a GroupCoordinator and what it answers: plain data in core's words, and the errors that the protocols
// map to their own. Text and Bytes given in a request may share the request's buffer: the coordinator copies what it
// keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "core/offsets.h"

namespace koine::core {

enum class GroupError : std::uint8_t {
  none,
  invalid_group_id,       // empty where a name is needed
  unknown_member,         // join again, without a member id
  illegal_generation,     // join again
  rebalance_in_progress,  // join again, with the member id
  inconsistent_protocol,  // nothing in common with the other members
  invalid_session_timeout,
  member_id_required,  // join again with the id in the answer
  fenced_instance,     // another member took over the instance id
  group_max_size,
  too_many_groups,  // on this shard
  too_large,  // a member's metadata or assignment, or the number of a group's offsets, over its limit
  invalid_request,            // values that can't go together
  coordinator_not_available,  // closing, or the group is being deleted: try again
  non_empty_group,
  group_not_found,
  subscribed_to_topic,
  offset_metadata_too_large,
  storage,  // it could not be made durable, and has not happened
};

std::string_view name_of(GroupError error);

//   empty -> preparing_rebalance -> completing_rebalance -> stable
//     ^___________|    ^__________________|__________________|
// preparing: waits for members to join. completing: waits for the leader's assignments. dead: being deleted.
enum class GroupState : std::uint8_t {
  empty,
  preparing_rebalance,
  completing_rebalance,
  stable,
  dead
};

std::string_view name_of(GroupState state);

// The protocol type of groups whose members subscribe to topics.
inline constexpr std::string_view consumer_protocol_type = "consumer";

// A way of assigning that a member knows, with what it says to the leader, which only the members understand.
struct GroupProtocol {
  std::string name;
  Bytes metadata;
  // For consumer_protocol_type: the topics in the metadata; none if it could not be understood.
  std::optional<std::vector<std::string>> topics;
};

struct JoinRequest {
  std::string group;
  std::string member_id;  // empty: new
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::int32_t session_timeout_ms = 0;
  std::int32_t rebalance_timeout_ms = 0;
  std::string protocol_type;
  std::vector<GroupProtocol> protocols;  // the preferred first
  // A new member without instance id gets member_id_required and its id first, so that a client that retries does not
  // become two members (KIP-394).
  bool requires_known_member_id = false;
  // The client understands JoinResult::skip_assignment (KIP-814).
  bool supports_skipping_assignment = false;
};

struct JoinedMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  Bytes metadata;  // of the chosen protocol
};

struct JoinResult {
  GroupError error = GroupError::none;
  std::int32_t generation = -1;
  std::string protocol_type;
  std::string protocol_name;
  std::string leader;
  std::string member_id;  // also with member_id_required
  bool skip_assignment = false;
  std::vector<JoinedMember> members;  // for the leader only
};

struct MemberAssignment {
  std::string member_id;
  Bytes assignment;
};

struct SyncRequest {
  std::string group;
  std::string member_id;
  std::optional<std::string> instance_id;
  std::int32_t generation = -1;
  std::optional<std::string> protocol_type;  // checked if given
  std::optional<std::string> protocol_name;
  std::vector<MemberAssignment> assignments;  // from the leader
};

struct SyncResult {
  GroupError error = GroupError::none;
  std::string protocol_type;
  std::string protocol_name;
  Bytes assignment;
};

struct HeartbeatRequest {
  std::string group;
  std::string member_id;
  std::optional<std::string> instance_id;
  std::int32_t generation = -1;
};

struct LeavingMember {
  std::string member_id;  // may be empty if there is an instance id
  std::optional<std::string> instance_id;
};

struct LeaveResult {
  GroupError error = GroupError::none;  // of the whole request
  std::vector<GroupError> by_member;    // in the order of the request; empty if error is set
};

struct OffsetCommit {
  TopicPartition partition;
  Offset offset;
  std::int32_t leader_epoch = -1;
  std::string metadata;
};

struct CommitRequest {
  std::string group;
  // A consumer that does not use the group for assignment gives generation -1 and no member.
  std::int32_t generation = -1;
  std::string member_id;
  std::optional<std::string> instance_id;
  std::optional<std::int64_t> retention_ms;  // instead of the group's rules
  std::vector<OffsetCommit> offsets;
};

struct FetchRequest {
  std::string group;
  std::optional<std::vector<TopicPartition>> partitions;  // none: all that have an offset
};

struct FetchedOffset {
  TopicPartition partition;
  std::optional<CommittedOffset> committed;
};

struct FetchResult {
  GroupError error = GroupError::none;  // an unknown group has no offsets, and no error
  std::vector<FetchedOffset> offsets;   // in the order of the request, or by topic and partition
};

struct DeleteOffsetsResult {
  GroupError error = GroupError::none;
  std::vector<GroupError> by_partition;  // in the order of the request; empty if error is set
};

struct GroupSummary {
  std::string group;
  std::string protocol_type;  // empty: offsets only
  GroupState state = GroupState::empty;
};

struct MemberDescription {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  Bytes metadata;    // of the chosen protocol; empty unless the group is stable
  Bytes assignment;  // empty unless the group is stable
};

struct GroupDescription {
  GroupError error = GroupError::none;  // group_not_found, coordinator_not_available
  GroupState state = GroupState::dead;
  std::string protocol_type;
  std::string protocol_name;  // empty unless the group is stable
  std::vector<MemberDescription> members;
};

}  // namespace koine::core
