// GroupMembers: the members of one group, their leader, and what they have in common. Knows who waits for an answer, but
// no clock: when members come and go is Group's business.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "core/group_answer.h"
#include "core/group_messages.h"
#include "core/group_metadata.h"

namespace koine::core {

using JoinAnswer = std::shared_ptr<Answer<JoinResult>>;
using SyncAnswer = std::shared_ptr<Answer<SyncResult>>;

struct Member {
  GroupMember data;
  MonotonicTime session_ends;
  bool is_new = true;      // never had an answer: does not know its id
  bool owes_sync = false;  // has joined the generation and not asked for its assignment
  JoinAnswer join;         // waits for the others to join
  SyncAnswer sync;         // waits for the leader's assignments

  // An awaiting member can't send heartbeats.
  bool is_excused() const { return !is_new && (join != nullptr || sync != nullptr); }
};

class GroupMembers {
 public:
  using Map = std::map<std::string, Member, std::less<>>;

  Map& all() { return members_; }
  const Map& all() const { return members_; }
  bool empty() const { return members_.empty(); }
  std::size_t size() const { return members_.size(); }

  Member* find(std::string_view member_id);
  // The member id that holds the instance id now, or null.
  const std::string* find_instance(std::string_view instance_id) const;

  // The first one becomes the leader. The id and the instance id must be new.
  Member& add(Member member);
  // The leader's place goes to another one.
  void remove(std::string_view member_id);
  // Gives the member another id; it stays what it was. Whoever waits under the old one is fenced.
  Member& rename(std::string_view old_id, std::string new_id);

  const std::string& leader() const { return leader_; }
  void set_leader(std::string member_id) { leader_ = std::move(member_id); }
  // If the leader did not join, another one that did takes its place. False if nobody joined.
  bool elect_joined_leader();

  std::size_t joined_count() const;
  Duration rebalance_timeout() const;  // the longest of all; 0 without members

  // Whether one of the protocols is known to every member.
  bool all_know_one_of(std::span<const GroupProtocol> protocols) const;
  // The protocol that every member knows and most prefer; of equals the first by name. `changed` counts with the
  // protocols given instead of its own.
  std::string choose_protocol(std::string_view changed = {},
                              std::span<const GroupProtocol> protocols = {}) const;

  // The topics that they subscribe to in that protocol; none if one of them was not understood.
  std::optional<std::set<std::string, std::less<>>> topics(std::string_view protocol_name) const;

  // For the leader.
  std::vector<JoinedMember> joined(std::string_view protocol_name) const;

 private:
  bool all_know(std::string_view protocol_name) const;

  Map members_;
  std::map<std::string, std::string, std::less<>> by_instance_;  // to member id
  std::string leader_;                                           // empty without members
};

// The same protocols with the same metadata in the same order.
bool same_protocols(std::span<const GroupProtocol> one, std::span<const GroupProtocol> other);

}  // namespace koine::core
