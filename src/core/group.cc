#include "core/group.h"

#include <utility>

#include "base/check.h"

namespace koine::core {

Group::Group(std::string name, io::Reactor& reactor, GroupKeeper& keeper,
             const GroupOptions& options, const GroupMetadata* stored)
    : name_(std::move(name)),
      reactor_(reactor),
      keeper_(keeper),
      options_(options),
      state_since_ms_(reactor.wall_clock_ms()) {
  if (stored == nullptr) return;
  generation_ = stored->generation;
  protocol_type_ = stored->protocol_type;
  protocol_name_ = stored->protocol_name;
  state_since_ms_ = stored->state_since_ms;
  state_ = stored->members.empty() ? GroupState::empty : GroupState::stable;
  for (const GroupMember& data : stored->members) {
    touch(members_.add({.data = data, .session_ends = never, .is_new = false}));
  }
  members_.set_leader(stored->leader);
  if (stored->wants_rebalance()) start_rebalance();
}

Group::~Group() {
  if (timer_ != io::TimerId::none) reactor_.cancel(timer_);
}

void Group::set_state(GroupState state) {
  state_ = state;
  state_since_ms_ = reactor_.wall_clock_ms();
}

void Group::touch(Member& member) {
  member.session_ends = reactor_.now() + std::chrono::milliseconds(member.data.session_timeout_ms);
  wake_by(member.session_ends);
}

GroupMetadata Group::metadata() const {
  GroupMetadata metadata{.generation = generation_,
                         .protocol_type = protocol_type_,
                         .protocol_name = protocol_name_,
                         .leader = members_.leader(),
                         .state_since_ms = state_since_ms_};
  for (const auto& [id, member] : members_.all()) metadata.members.push_back(member.data);
  return metadata;
}

GroupError Group::check_member(std::string_view member_id,
                               const std::optional<std::string>& instance_id) const {
  if (instance_id) {
    const std::string* current = members_.find_instance(*instance_id);
    if (current == nullptr) return GroupError::unknown_member;
    if (*current != member_id) return GroupError::fenced_instance;
  }
  return members_.all().contains(member_id) ? GroupError::none : GroupError::unknown_member;
}

GroupError Group::heartbeat(const HeartbeatRequest& request) {
  if (state_ == GroupState::dead) return GroupError::coordinator_not_available;
  const GroupError error = check_member(request.member_id, request.instance_id);
  if (error != GroupError::none) return error;
  if (request.generation != generation_) return GroupError::illegal_generation;
  touch(*members_.find(request.member_id));
  return state_ == GroupState::preparing_rebalance ? GroupError::rebalance_in_progress
                                                   : GroupError::none;
}

GroupError Group::check_commit(const CommitRequest& request) {
  if (state_ == GroupState::dead) return GroupError::coordinator_not_available;
  const bool is_member =
      request.generation >= 0 || !request.member_id.empty() || request.instance_id.has_value();
  if (request.generation < 0 && state_ == GroupState::empty) return GroupError::none;
  if (!is_member) return GroupError::unknown_member;
  const GroupError error = check_member(request.member_id, request.instance_id);
  if (error != GroupError::none) return error;
  if (request.generation != generation_) return GroupError::illegal_generation;
  touch(*members_.find(request.member_id));
  // The member has the new generation but not its assignment: what it read belonged to the old one.
  if (state_ == GroupState::completing_rebalance) return GroupError::rebalance_in_progress;
  return GroupError::none;
}

void Group::close() {
  state_ = GroupState::dead;
  for (auto& [id, member] : members_.all()) {
    if (auto join = std::exchange(member.join, nullptr)) {
      join->give({.error = GroupError::coordinator_not_available, .member_id = id});
    }
    if (auto sync = std::exchange(member.sync, nullptr)) {
      sync->give({.error = GroupError::coordinator_not_available});
    }
  }
  if (timer_ != io::TimerId::none) reactor_.cancel(std::exchange(timer_, io::TimerId::none));
}

void Group::begin_deletion() {
  CHECK(state_ == GroupState::empty);
  state_ = GroupState::dead;
}

void Group::deletion_failed() {
  CHECK(members_.empty());
  state_ = GroupState::empty;
}

std::optional<std::set<std::string, std::less<>>> Group::subscribed_topics() const {
  if (protocol_type_ != consumer_protocol_type) return std::nullopt;
  return members_.topics(protocol_name_);
}

GroupDescription Group::describe() const {
  const bool is_stable = state_ == GroupState::stable;
  GroupDescription description{.state = state_,
                               .protocol_type = protocol_type_,
                               .protocol_name = is_stable ? protocol_name_ : std::string()};
  for (const auto& [id, member] : members_.all()) {
    const GroupProtocol* protocol = is_stable ? member.data.find_protocol(protocol_name_) : nullptr;
    description.members.push_back({
        .member_id = id,
        .instance_id = member.data.instance_id,
        .client_id = member.data.client_id,
        .client_host = member.data.client_host,
        .metadata = protocol != nullptr ? protocol->metadata : Bytes(),
        .assignment = is_stable ? member.data.assignment : Bytes(),
    });
  }
  return description;
}

}  // namespace koine::core
