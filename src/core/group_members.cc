#include "core/group_members.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace koine::core {
namespace {

bool contains(std::span<const GroupProtocol> protocols, std::string_view name) {
  return std::ranges::any_of(protocols,
                             [&](const auto& protocol) { return protocol.name == name; });
}

}  // namespace

bool same_protocols(std::span<const GroupProtocol> one, std::span<const GroupProtocol> other) {
  return std::ranges::equal(one, other, [](const GroupProtocol& a, const GroupProtocol& b) {
    return a.name == b.name && std::ranges::equal(a.metadata.view(), b.metadata.view());
  });
}

Member* GroupMembers::find(std::string_view member_id) {
  const auto found = members_.find(member_id);
  return found == members_.end() ? nullptr : &found->second;
}

const std::string* GroupMembers::find_instance(std::string_view instance_id) const {
  const auto found = by_instance_.find(instance_id);
  return found == by_instance_.end() ? nullptr : &found->second;
}

Member& GroupMembers::add(Member member) {
  const std::string id = member.data.member_id;
  if (leader_.empty()) leader_ = id;
  if (member.data.instance_id) {
    CHECK(by_instance_.emplace(*member.data.instance_id, id).second);
  }
  const auto [at, added] = members_.emplace(id, std::move(member));
  CHECK(added);
  return at->second;
}

void GroupMembers::remove(std::string_view member_id) {
  const auto found = members_.find(member_id);
  if (found == members_.end()) return;
  const bool was_leader = leader_ == member_id;
  if (found->second.data.instance_id) by_instance_.erase(*found->second.data.instance_id);
  members_.erase(found);
  if (was_leader) leader_ = members_.empty() ? std::string() : members_.begin()->first;
}

Member& GroupMembers::rename(std::string_view old_id, std::string new_id) {
  auto node = members_.extract(members_.find(old_id));
  CHECK(!node.empty());
  Member& member = node.mapped();
  if (auto join = std::exchange(member.join, nullptr)) {
    join->give({.error = GroupError::fenced_instance, .member_id = member.data.member_id});
  }
  if (auto sync = std::exchange(member.sync, nullptr)) {
    sync->give({.error = GroupError::fenced_instance});
  }
  if (leader_ == node.key()) leader_ = new_id;
  if (member.data.instance_id) by_instance_[*member.data.instance_id] = new_id;
  member.data.member_id = new_id;
  node.key() = std::move(new_id);
  const auto inserted = members_.insert(std::move(node));
  CHECK(inserted.inserted);
  return inserted.position->second;
}

bool GroupMembers::elect_joined_leader() {
  const Member* leader = find(leader_);
  if (leader != nullptr && leader->join) return true;
  for (const auto& [id, member] : members_) {
    if (!member.join) continue;
    leader_ = id;
    return true;
  }
  return false;
}

std::size_t GroupMembers::joined_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      members_, [](const auto& item) { return item.second.join != nullptr; }));
}

Duration GroupMembers::rebalance_timeout() const {
  std::int32_t longest_ms = 0;
  for (const auto& [id, member] : members_) {
    longest_ms = std::max(longest_ms, member.data.rebalance_timeout_ms);
  }
  return std::chrono::milliseconds(longest_ms);
}

bool GroupMembers::all_know(std::string_view protocol_name) const {
  return std::ranges::all_of(members_, [&](const auto& item) {
    return contains(item.second.data.protocols, protocol_name);
  });
}

bool GroupMembers::all_know_one_of(std::span<const GroupProtocol> protocols) const {
  return std::ranges::any_of(protocols,
                             [&](const auto& protocol) { return all_know(protocol.name); });
}

std::string GroupMembers::choose_protocol(std::string_view changed,
                                          std::span<const GroupProtocol> protocols) const {
  std::vector<std::span<const GroupProtocol>> lists;
  for (const auto& [id, member] : members_) {
    lists.push_back(id == changed ? protocols : std::span(member.data.protocols));
  }
  if (lists.empty()) return {};
  std::set<std::string_view> common;
  for (const GroupProtocol& candidate : lists.front()) {
    const bool all =
        std::ranges::all_of(lists, [&](auto list) { return contains(list, candidate.name); });
    if (all) common.insert(candidate.name);
  }
  std::map<std::string_view, std::size_t> votes;
  for (const auto& list : lists) {
    const auto preferred = std::ranges::find_if(
        list, [&](const GroupProtocol& protocol) { return common.contains(protocol.name); });
    if (preferred != list.end()) ++votes[preferred->name];
  }
  const auto most =
      std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; });
  return most == votes.end() ? std::string() : std::string(most->first);
}

std::optional<std::set<std::string, std::less<>>> GroupMembers::topics(
    std::string_view protocol_name) const {
  std::set<std::string, std::less<>> topics;
  for (const auto& [id, member] : members_) {
    const GroupProtocol* protocol = member.data.find_protocol(protocol_name);
    if (protocol == nullptr || !protocol->topics) return std::nullopt;
    topics.insert(protocol->topics->begin(), protocol->topics->end());
  }
  return topics;
}

std::vector<JoinedMember> GroupMembers::joined(std::string_view protocol_name) const {
  std::vector<JoinedMember> joined;
  for (const auto& [id, member] : members_) {
    const GroupProtocol* protocol = member.data.find_protocol(protocol_name);
    joined.push_back(
        {id, member.data.instance_id, protocol != nullptr ? protocol->metadata : Bytes()});
  }
  return joined;
}

}  // namespace koine::core
