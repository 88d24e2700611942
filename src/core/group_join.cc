// Joining: new members, members that join again, and static members that come back (KIP-345, KIP-394, KIP-814).
#include <utility>

#include "core/group.h"

namespace koine::core {
namespace {

void refuse(const JoinAnswer& answer, GroupError error, std::string member_id) {
  answer->give({.error = error, .member_id = std::move(member_id)});
}

// What the request says about the member, over what was known.
void update(GroupMember& data, const JoinRequest& request) {
  data.client_id = request.client_id;
  data.client_host = request.client_host;
  data.session_timeout_ms = request.session_timeout_ms;
  data.rebalance_timeout_ms = request.rebalance_timeout_ms;
  data.protocols = request.protocols;
}

}  // namespace

void Group::join(const JoinRequest& request, const JoinAnswer& answer) {
  if (state_ == GroupState::dead) {
    refuse(answer, GroupError::coordinator_not_available, request.member_id);
    return;
  }
  if (!has_place_for(request.member_id)) {
    members_.remove(request.member_id);
    pending_.erase(request.member_id);
    refuse(answer, GroupError::group_max_size, request.member_id);
  } else if (!knows_protocols_of(request)) {
    refuse(answer, GroupError::inconsistent_protocol, request.member_id);
  } else if (request.member_id.empty()) {
    join_new(request, answer);
  } else {
    join_known(request, answer);
  }
  complete_join_if_all_are_here();
}

bool Group::has_place_for(std::string_view member_id) {
  const Member* member = members_.find(member_id);
  const std::size_t members_max = options_.members_per_group_max;
  switch (state_) {
    case GroupState::empty:
    case GroupState::dead: return true;
    case GroupState::preparing_rebalance:
      return (member != nullptr && member->join) || members_.joined_count() < members_max;
    case GroupState::completing_rebalance:
    case GroupState::stable: return member != nullptr || members_.size() < members_max;
  }
  return false;
}

bool Group::knows_protocols_of(const JoinRequest& request) const {
  if (request.protocol_type.empty() || request.protocols.empty()) return false;
  if (members_.empty()) return true;
  return request.protocol_type == protocol_type_ && members_.all_know_one_of(request.protocols);
}

void Group::join_new(const JoinRequest& request, const JoinAnswer& answer) {
  std::string id = keeper_.new_member_id(request.instance_id.value_or(request.client_id));
  if (request.instance_id) {
    if (const std::string* current = members_.find_instance(*request.instance_id)) {
      take_over(request, std::string(*current), std::move(id), answer);
    } else {
      add_member(request, std::move(id), answer);
    }
  } else if (request.requires_known_member_id) {
    give_pending_id(request, std::move(id), answer);
  } else {
    add_member(request, std::move(id), answer);
  }
}

void Group::give_pending_id(const JoinRequest& request, std::string member_id,
                            const JoinAnswer& answer) {
  if (pending_.size() >= options_.pending_members_per_group_max) {
    refuse(answer, GroupError::group_max_size, {});
    return;
  }
  const MonotonicTime until =
      reactor_.now() + std::chrono::milliseconds(request.session_timeout_ms);
  pending_.emplace(member_id, until);
  wake_by(until);
  refuse(answer, GroupError::member_id_required, std::move(member_id));
}

void Group::join_known(const JoinRequest& request, const JoinAnswer& answer) {
  if (pending_.contains(request.member_id)) {
    // Only members without instance id get an id to come back with.
    if (request.instance_id) {
      refuse(answer, GroupError::invalid_request, request.member_id);
    } else {
      add_member(request, request.member_id, answer);
    }
    return;
  }
  const GroupError error = check_member(request.member_id, request.instance_id);
  if (error != GroupError::none) {
    refuse(answer, error, request.member_id);
    return;
  }
  Member& member = *members_.find(request.member_id);
  const bool is_leader = members_.leader() == request.member_id;
  const bool says_the_same = same_protocols(member.data.protocols, request.protocols);
  if (state_ == GroupState::completing_rebalance && says_the_same) {
    // Its answer was lost: the same again.
    touch(member);
    answer->give(joined_result(member, ListMembers::to_the_leader));
  } else if (state_ == GroupState::stable && says_the_same && !is_leader) {
    touch(member);
    answer->give(joined_result(member, ListMembers::no));
  } else {
    // The leader of a stable group joins again to have everything assigned anew.
    rejoin(member, request, answer);
  }
}

void Group::add_member(const JoinRequest& request, std::string member_id,
                       const JoinAnswer& answer) {
  pending_.erase(member_id);
  Member member{
      .data = {.member_id = std::move(member_id), .instance_id = request.instance_id},
      .session_ends = reactor_.now() + std::chrono::milliseconds(options_.new_member_timeout_ms),
      .join = answer};
  update(member.data, request);
  if (members_.empty()) protocol_type_ = request.protocol_type;
  wake_by(member.session_ends);
  members_.add(std::move(member));
  somebody_new_joined_ = true;
  if (state_ != GroupState::preparing_rebalance) start_rebalance();
}

void Group::rejoin(Member& member, const JoinRequest& request, const JoinAnswer& answer) {
  update(member.data, request);
  // An earlier request of the same member, on a connection that it gave up.
  if (auto earlier = std::exchange(member.join, answer)) {
    refuse(earlier, GroupError::rebalance_in_progress, request.member_id);
  }
  if (state_ != GroupState::preparing_rebalance) start_rebalance();
}

void Group::take_over(const JoinRequest& request, const std::string& old_id, std::string new_id,
                      const JoinAnswer& answer) {
  if (state_ == GroupState::stable &&
      members_.choose_protocol(old_id, request.protocols) == protocol_name_) {
    take_over_when_durable(request, old_id, std::move(new_id), answer);
    return;
  }
  // The leader may have been told the old id: everything is to be assigned anew.
  Member& member = members_.rename(old_id, std::move(new_id));
  touch(member);
  rejoin(member, request, answer);
}

void Group::take_over_when_durable(const JoinRequest& request, const std::string& old_id,
                                   std::string new_id, const JoinAnswer& answer) {
  GroupMetadata next = metadata();
  if (next.leader == old_id) next.leader = new_id;
  for (GroupMember& data : next.members) {
    if (data.member_id != old_id) continue;
    update(data, request);
    data.member_id = new_id;
  }
  auto done = [this, request, old_id, new_id, answer,
               generation = generation_](GroupKeeper::Outcome outcome) {
    if (outcome == GroupKeeper::Outcome::failed) {
      refuse(answer, GroupError::storage, {});
      return;
    }
    const std::string* current = members_.find_instance(*request.instance_id);
    const bool is_as_before = state_ == GroupState::stable && generation_ == generation &&
                              current != nullptr && *current == old_id;
    if (!is_as_before) {
      join(request, answer);
      return;
    }
    const bool was_leader = members_.leader() == old_id;
    Member& member = members_.rename(old_id, new_id);
    update(member.data, request);
    touch(member);
    // A client that can't skip the assignment must not take itself for the leader: what it would assign now would reach
    // nobody. It is told the old leader's id.
    JoinResult result =
        joined_result(member, request.supports_skipping_assignment ? ListMembers::to_the_leader
                                                                   : ListMembers::no);
    result.skip_assignment = was_leader && request.supports_skipping_assignment;
    if (was_leader && !request.supports_skipping_assignment) result.leader = old_id;
    answer->give(std::move(result));
  };
  keeper_.store(*this, std::move(next), std::move(done));
}

JoinResult Group::joined_result(const Member& member, ListMembers list) const {
  JoinResult result{.generation = generation_,
                    .protocol_type = protocol_type_,
                    .protocol_name = protocol_name_,
                    .leader = members_.leader(),
                    .member_id = member.data.member_id};
  if (list == ListMembers::to_the_leader && members_.leader() == member.data.member_id) {
    result.members = members_.joined(protocol_name_);
  }
  return result;
}

}  // namespace koine::core
