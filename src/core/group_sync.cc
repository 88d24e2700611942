// Syncing: the leader's assignments become durable, then every member gets its own.
#include <algorithm>
#include <utility>

#include "core/group.h"

namespace koine::core {

GroupError Group::check_sync(const SyncRequest& request) const {
  if (state_ == GroupState::dead) return GroupError::coordinator_not_available;
  const GroupError error = check_member(request.member_id, request.instance_id);
  if (error != GroupError::none) return error;
  if (request.generation != generation_) return GroupError::illegal_generation;
  if (request.protocol_type && *request.protocol_type != protocol_type_) {
    return GroupError::inconsistent_protocol;
  }
  if (request.protocol_name && *request.protocol_name != protocol_name_) {
    return GroupError::inconsistent_protocol;
  }
  return state_ == GroupState::preparing_rebalance ? GroupError::rebalance_in_progress
                                                   : GroupError::none;
}

void Group::sync(const SyncRequest& request, const SyncAnswer& answer) {
  const GroupError error = check_sync(request);
  if (error != GroupError::none) {
    answer->give({.error = error});
    return;
  }
  Member& member = *members_.find(request.member_id);
  member.owes_sync = false;
  if (state_ == GroupState::stable) {
    touch(member);
    answer->give({.protocol_type = protocol_type_,
                  .protocol_name = protocol_name_,
                  .assignment = member.data.assignment});
    return;
  }
  if (auto earlier = std::exchange(member.sync, answer)) {
    earlier->give({.error = GroupError::rebalance_in_progress});
  }
  if (members_.leader() == request.member_id) store_assignments(request);
}

void Group::store_assignments(const SyncRequest& request) {
  if (storing_generation_ == generation_) return;
  storing_generation_ = generation_;
  GroupMetadata next = metadata();
  next.state_since_ms = reactor_.wall_clock_ms();
  std::map<std::string_view, const Bytes*> assignments;
  for (const MemberAssignment& given : request.assignments) {
    assignments[given.member_id] = &given.assignment;
  }
  for (GroupMember& data : next.members) {
    const auto found = assignments.find(data.member_id);
    data.assignment = found == assignments.end() ? Bytes() : *found->second;
  }
  GroupMetadata stored = next;
  keeper_.store(*this, std::move(next),
                [this, stored = std::move(stored)](GroupKeeper::Outcome outcome) {
                  assignments_stored(stored, outcome);
                });
}

void Group::assignments_stored(const GroupMetadata& stored, GroupKeeper::Outcome outcome) {
  storing_generation_ = -1;
  if (state_ != GroupState::completing_rebalance || generation_ != stored.generation) return;
  if (outcome == GroupKeeper::Outcome::failed) {
    fail_sync(GroupError::storage);
    start_rebalance();
    return;
  }
  set_state(GroupState::stable);
  for (const GroupMember& data : stored.members) {
    Member& member = *members_.find(data.member_id);
    member.data.assignment = data.assignment;
    const SyncAnswer answer = std::exchange(member.sync, nullptr);
    if (!answer) continue;
    touch(member);
    answer->give({.protocol_type = protocol_type_,
                  .protocol_name = protocol_name_,
                  .assignment = data.assignment});
  }
}

void Group::fail_sync(GroupError error) {
  for (auto& [id, member] : members_.all()) {
    member.data.assignment = {};
    const SyncAnswer answer = std::exchange(member.sync, nullptr);
    if (!answer) continue;
    touch(member);
    answer->give({.error = error});
  }
}

}  // namespace koine::core
