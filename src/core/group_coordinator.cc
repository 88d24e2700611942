#include "core/group_coordinator.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace koine::core {
namespace {

// What a member costs besides its bytes, so that many empty protocols count too.
constexpr std::size_t protocol_overhead_bytes = 64;

std::size_t size_of(const JoinRequest& request) {
  std::size_t size = request.client_id.size() + request.client_host.size() +
                     request.protocol_type.size() + request.instance_id.value_or("").size();
  for (const GroupProtocol& protocol : request.protocols) {
    size += protocol_overhead_bytes + protocol.name.size() + protocol.metadata.size();
    if (!protocol.topics) continue;
    for (const std::string& topic : *protocol.topics) size += topic.size();
  }
  return size;
}

JoinResult refused(const JoinRequest& request, GroupError error) {
  return {.error = error, .member_id = request.member_id};
}

}  // namespace

GroupCoordinator::GroupCoordinator(io::Reactor& reactor, io::Random& random, StateLog& log,
                                   GroupOptions options)
    : reactor_(reactor), random_(random), log_(log), options_(options), call_ended_(reactor) {}

GroupCoordinator::~GroupCoordinator() { CHECK(calls_ == 0); }

std::vector<std::byte> GroupCoordinator::save() const { return store_.save(); }

Result<> GroupCoordinator::restore(ByteView saved) { return store_.restore(saved); }

Result<> GroupCoordinator::replay(ByteView entry) { return store_.replay(entry); }

void GroupCoordinator::start() {
  for (const auto& [name, stored] : store_.groups()) {
    add_group(name, stored.metadata ? &*stored.metadata : nullptr);
  }
}

Task<void> GroupCoordinator::close() {
  closed_ = true;
  for (const auto& [name, group] : groups_) group->close();
  co_await gate_.close();
  while (calls_ > 0) co_await call_ended_.wait();
}

Task<JoinResult> GroupCoordinator::join(JoinRequest request) {
  const Call call(*this);
  const GroupError error = check_join(request);
  if (error != GroupError::none) co_return refused(request, error);
  const bool is_new = request.member_id.empty();
  const GroupPtr group = is_new ? find_or_create(request.group) : find(request.group);
  if (!group) {
    co_return refused(request, is_new ? GroupError::too_many_groups : GroupError::unknown_member);
  }
  for (GroupProtocol& protocol : request.protocols) {
    protocol.metadata = Bytes::copy_of(protocol.metadata.view());
  }
  auto answer = std::make_shared<Answer<JoinResult>>(reactor_);
  group->join(request, answer);
  co_return co_await Answer<JoinResult>::wait(std::move(answer));
}

GroupError GroupCoordinator::check_join(const JoinRequest& request) const {
  if (closed_) return GroupError::coordinator_not_available;
  if (request.group.empty()) return GroupError::invalid_group_id;
  if (request.session_timeout_ms < options_.session_timeout_min_ms ||
      request.session_timeout_ms > options_.session_timeout_max_ms) {
    return GroupError::invalid_session_timeout;
  }
  if (size_of(request) > options_.member_metadata_bytes_max) return GroupError::too_large;
  return GroupError::none;
}

Task<SyncResult> GroupCoordinator::sync(SyncRequest request) {
  const Call call(*this);
  if (closed_) co_return SyncResult{.error = GroupError::coordinator_not_available};
  if (request.group.empty()) co_return SyncResult{.error = GroupError::invalid_group_id};
  const GroupPtr group = find(request.group);
  if (!group) co_return SyncResult{.error = GroupError::unknown_member};
  for (MemberAssignment& given : request.assignments) {
    if (given.assignment.size() > options_.member_metadata_bytes_max) {
      co_return SyncResult{.error = GroupError::too_large};
    }
    given.assignment = Bytes::copy_of(given.assignment.view());
  }
  auto answer = std::make_shared<Answer<SyncResult>>(reactor_);
  group->sync(request, answer);
  co_return co_await Answer<SyncResult>::wait(std::move(answer));
}

GroupError GroupCoordinator::heartbeat(const HeartbeatRequest& request) {
  if (closed_) return GroupError::coordinator_not_available;
  if (request.group.empty()) return GroupError::invalid_group_id;
  const GroupPtr group = find(request.group);
  return group ? group->heartbeat(request) : GroupError::unknown_member;
}

Task<LeaveResult> GroupCoordinator::leave(std::string name, std::vector<LeavingMember> members) {
  const Call call(*this);
  if (closed_) co_return LeaveResult{.error = GroupError::coordinator_not_available};
  if (name.empty()) co_return LeaveResult{.error = GroupError::invalid_group_id};
  const GroupPtr group = find(name);
  LeaveResult result;
  result.by_member.assign(members.size(), GroupError::unknown_member);
  if (!group) co_return result;
  MembersLeft change_due{.group = name, .left_at_ms = reactor_.wall_clock_ms()};
  for (std::size_t n = 0; n < members.size(); ++n) {
    Group::Left left = group->leave(members[n]);
    result.by_member[n] = left.error;
    if (!left.member_id.empty()) change_due.member_ids.push_back(std::move(left.member_id));
  }
  if (change_due.member_ids.empty()) co_return result;
  const Group::Storing storing(*group);
  const Result<> stored = co_await change(std::move(change_due));
  if (!stored) std::ranges::replace(result.by_member, GroupError::none, GroupError::storage);
  co_return result;
}

std::vector<GroupSummary> GroupCoordinator::list(std::span<const GroupState> states) const {
  std::vector<GroupSummary> summaries;
  for (const auto& [name, group] : groups_) {
    const bool is_chosen =
        states.empty() || std::ranges::find(states, group->state()) != states.end();
    if (is_chosen) summaries.push_back({name, group->protocol_type(), group->state()});
  }
  return summaries;
}

GroupDescription GroupCoordinator::describe(std::string_view name) const {
  if (closed_) return {.error = GroupError::coordinator_not_available};
  const GroupPtr group = find(name);
  if (!group) return {.error = GroupError::group_not_found};
  return group->describe();
}

GroupCoordinator::GroupPtr GroupCoordinator::find(std::string_view group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second;
}

GroupCoordinator::GroupPtr GroupCoordinator::find_or_create(const std::string& name) {
  if (GroupPtr group = find(name)) return group;
  if (groups_.size() >= options_.groups_max) forget_idle_groups();
  if (groups_.size() >= options_.groups_max) return nullptr;
  add_group(name, nullptr);
  return find(name);
}

void GroupCoordinator::add_group(const std::string& name, const GroupMetadata* stored) {
  GroupKeeper& keeper = *this;
  groups_.emplace(name, std::make_shared<Group>(name, reactor_, keeper, options_, stored));
}

void GroupCoordinator::forget_idle_groups() {
  std::erase_if(groups_, [this](const auto& item) {
    const Group& group = *item.second;
    return group.is_deserted() && !group.is_being_stored() && store_.find(item.first) == nullptr;
  });
}

Task<Result<>> GroupCoordinator::change(GroupChange change, Keyed keyed) {
  std::vector<std::byte> entry = encode(change);
  auto apply = [this, change = std::move(change)]() mutable { store_.apply(std::move(change)); };
  co_return co_await log_.commit(std::move(entry), std::move(apply), std::move(keyed));
}

void GroupCoordinator::store(Group& group, GroupMetadata metadata, Done done) {
  gate_.spawn(store_generation(group.shared_from_this(), std::move(metadata), std::move(done)));
}

Task<void> GroupCoordinator::store_generation(GroupPtr group, GroupMetadata metadata, Done done) {
  const Group::Storing storing(*group);
  const Result<> stored = co_await change(GenerationStored{group->name(), std::move(metadata)});
  done(stored ? Outcome::durable : Outcome::failed);
}

std::string GroupCoordinator::new_member_id(std::string_view prefix) {
  return fmt::format("{}-{:016x}{:016x}", prefix, random_.number(), random_.number());
}

}  // namespace koine::core
