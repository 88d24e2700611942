// Rebalances: how a generation ends and the next one begins, who is removed on the way, and the timer.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "core/group.h"

namespace koine::core {

void Group::start_rebalance() {
  CHECK(state_ != GroupState::preparing_rebalance && state_ != GroupState::dead);
  if (state_ == GroupState::completing_rebalance) fail_sync(GroupError::rebalance_in_progress);
  sync_ends_ = never;
  const MonotonicTime now = reactor_.now();
  const Duration timeout = members_.rebalance_timeout();
  if (state_ == GroupState::empty) {
    join_ends_ = now + std::chrono::milliseconds(options_.initial_rebalance_delay_ms);
    first_join_ends_max_ = std::max(join_ends_, now + timeout);
    somebody_new_joined_ = false;
  } else {
    join_ends_ = now + timeout;
    first_join_ends_max_.reset();
  }
  set_state(GroupState::preparing_rebalance);
  wake_by(join_ends_);
}

void Group::complete_join_if_all_are_here() {
  // The first rebalance of a group waits for its delay, since nobody knows yet who will come.
  if (state_ != GroupState::preparing_rebalance || first_join_ends_max_) return;
  if (pending_.empty() && members_.joined_count() == members_.size()) complete_join();
}

void Group::complete_join() {
  std::vector<std::string> missing;
  for (const auto& [id, member] : members_.all()) {
    // A static member keeps its place until its session ends.
    if (!member.join && !member.data.instance_id) missing.push_back(id);
  }
  for (const std::string& id : missing) members_.remove(id);
  first_join_ends_max_.reset();
  if (members_.empty()) {
    become_empty();
  } else if (members_.elect_joined_leader()) {
    begin_generation();
  } else {
    // Only static members that are away: nobody could lead. Wait for one of them, or for their sessions to end.
    join_ends_ = reactor_.now() + members_.rebalance_timeout();
    wake_by(join_ends_);
  }
}

void Group::begin_generation() {
  ++generation_;
  protocol_name_ = members_.choose_protocol();
  set_state(GroupState::completing_rebalance);
  join_ends_ = never;
  sync_ends_ = reactor_.now() + members_.rebalance_timeout();
  wake_by(sync_ends_);
  for (auto& [id, member] : members_.all()) {
    member.is_new = false;
    member.owes_sync = true;
    touch(member);
    if (const JoinAnswer answer = std::exchange(member.join, nullptr)) {
      answer->give(joined_result(member, ListMembers::to_the_leader));
    }
  }
}

void Group::become_empty() {
  ++generation_;
  protocol_name_.clear();
  set_state(GroupState::empty);
  join_ends_ = never;
  sync_ends_ = never;
  // If this can't be made durable, a restart finds the old members, whose sessions then end.
  keeper_.store(*this, metadata(), [](GroupKeeper::Outcome) {});
}

Group::Left Group::leave(const LeavingMember& leaving) {
  if (state_ == GroupState::dead) return {.error = GroupError::coordinator_not_available};
  if (pending_.contains(leaving.member_id)) {
    if (leaving.instance_id) return {.error = GroupError::invalid_request};
    remove_pending(leaving.member_id);
    return {};
  }
  std::string member_id = leaving.member_id;
  if (member_id.empty() && leaving.instance_id) {
    // An administrator knows the instance, not the id it has now.
    const std::string* current = members_.find_instance(*leaving.instance_id);
    if (current == nullptr) return {.error = GroupError::unknown_member};
    member_id = *current;
  }
  const GroupError error = check_member(member_id, leaving.instance_id);
  if (error != GroupError::none) return {.error = error};
  remove_member(member_id);
  return {.member_id = std::move(member_id)};
}

void Group::remove_member(const std::string& member_id) {
  Member& member = *members_.find(member_id);
  if (const JoinAnswer answer = std::exchange(member.join, nullptr)) {
    answer->give({.error = GroupError::unknown_member, .member_id = member_id});
  }
  if (const SyncAnswer answer = std::exchange(member.sync, nullptr)) {
    answer->give({.error = GroupError::unknown_member});
  }
  members_.remove(member_id);
  if (state_ == GroupState::stable || state_ == GroupState::completing_rebalance) {
    start_rebalance();
  }
  complete_join_if_all_are_here();
}

void Group::remove_pending(std::string_view member_id) {
  pending_.erase(pending_.find(member_id));
  complete_join_if_all_are_here();
}

void Group::wake_by(MonotonicTime when) {
  if (when >= timer_at_ || state_ == GroupState::dead) return;
  if (timer_ != io::TimerId::none) reactor_.cancel(timer_);
  timer_at_ = when;
  timer_ = reactor_.call_at(when, [this] { on_timer(); });
}

void Group::on_timer() {
  timer_ = io::TimerId::none;
  timer_at_ = never;
  if (state_ == GroupState::dead) return;
  const MonotonicTime now = reactor_.now();
  expire_sessions(now);
  expire_join(now);
  expire_sync(now);
  wake_by(next_deadline());
}

void Group::expire_sessions(MonotonicTime now) {
  std::vector<std::string> ended;
  for (const auto& [id, until] : pending_) {
    if (until <= now) ended.push_back(id);
  }
  for (const std::string& id : ended) remove_pending(id);
  ended.clear();
  for (const auto& [id, member] : members_.all()) {
    if (member.session_ends <= now && !member.is_excused()) ended.push_back(id);
  }
  for (const std::string& id : ended) {
    // Removing one may have completed a rebalance that removed others.
    if (members_.find(id) != nullptr) remove_member(id);
  }
}

void Group::expire_join(MonotonicTime now) {
  if (state_ != GroupState::preparing_rebalance || now < join_ends_) return;
  if (first_join_ends_max_ && somebody_new_joined_ && now < *first_join_ends_max_) {
    somebody_new_joined_ = false;
    join_ends_ = std::min(*first_join_ends_max_,
                          now + std::chrono::milliseconds(options_.initial_rebalance_delay_ms));
    return;
  }
  complete_join();
}

void Group::expire_sync(MonotonicTime now) {
  if (now < sync_ends_) return;
  sync_ends_ = never;
  std::vector<std::string> silent;
  for (const auto& [id, member] : members_.all()) {
    if (member.owes_sync) silent.push_back(id);
  }
  if (silent.empty()) return;
  for (const std::string& id : silent) members_.remove(id);
  start_rebalance();
  complete_join_if_all_are_here();
}

MonotonicTime Group::next_deadline() const {
  MonotonicTime next = std::min(join_ends_, sync_ends_);
  for (const auto& [id, until] : pending_) next = std::min(next, until);
  for (const auto& [id, member] : members_.all()) {
    if (!member.is_excused()) next = std::min(next, member.session_ends);
  }
  return next;
}

}  // namespace koine::core
