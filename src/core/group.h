// Group: one group's members and the steps of its rebalances, in memory, with the one timer that ends all its waits.
//
//   rebalance:  members join --all there or timeout--> generation + 1, leader knows all --leader syncs-->
//               assignments durable --> stable
//
// Owned by the GroupCoordinator, one shard. A request gets an Answer, which may be given already. What has to be durable
// first goes through the GroupKeeper. The rules are those of Apache Kafka's coordinator; files: group.cc (construction,
// checks, commits), group_join.cc, group_sync.cc, group_rebalance.cc (leaving, timers, generations).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/units.h"
#include "core/group_members.h"
#include "core/group_messages.h"
#include "core/group_metadata.h"
#include "core/group_options.h"
#include "io/reactor.h"

namespace koine::core {

class Group;

// What a group asks of the coordinator that owns it.
class GroupKeeper {
 public:
  GroupKeeper() = default;
  GroupKeeper(const GroupKeeper&) = delete;
  GroupKeeper& operator=(const GroupKeeper&) = delete;
  virtual ~GroupKeeper() = default;

  enum class Outcome : std::uint8_t { durable, failed };
  using Done = std::move_only_function<void(Outcome)>;

  // Makes the generation durable and then calls `done`, perhaps at once; the group lives until then.
  virtual void store(Group& group, GroupMetadata metadata, Done done) = 0;
  // Never given out before.
  virtual std::string new_member_id(std::string_view prefix) = 0;
};

class Group : public std::enable_shared_from_this<Group> {
 public:
  // Both outlive it. `stored`, if any, is the last durable generation: its members' sessions begin now, and a rebalance
  // if it wants one.
  Group(std::string name, io::Reactor& reactor, GroupKeeper& keeper, const GroupOptions& options,
        const GroupMetadata* stored);
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group();

  void join(const JoinRequest& request, const JoinAnswer& answer);
  void sync(const SyncRequest& request, const SyncAnswer& answer);
  GroupError heartbeat(const HeartbeatRequest& request);
  // What has become of a member that leaves. It is gone at once; that becomes durable with its id (MembersLeft).
  struct Left {
    GroupError error = GroupError::none;
    std::string member_id;  // empty: nothing to make durable
  };
  Left leave(const LeavingMember& leaving);

  // Whether the offsets may be committed now; counts as a heartbeat.
  GroupError check_commit(const CommitRequest& request);
  // Lives while something of the group is on its way to the disk: until then it is not idle.
  class Storing {
   public:
    explicit Storing(Group& group) : group_(group) { ++group_.stores_under_way_; }
    Storing(const Storing&) = delete;
    Storing& operator=(const Storing&) = delete;
    ~Storing() { --group_.stores_under_way_; }

   private:
    Group& group_;
  };
  bool is_being_stored() const { return stores_under_way_ != 0; }

  // Everybody who waits gets coordinator_not_available, as everybody who comes later.
  void close();
  // While an empty group is being deleted it is dead; if that fails it comes back.
  void begin_deletion();
  void deletion_failed();

  const std::string& name() const { return name_; }
  GroupState state() const { return state_; }
  const std::string& protocol_type() const { return protocol_type_; }
  // Since when it has the state, by the wall clock.
  WallTimeMs state_since_ms() const { return state_since_ms_; }
  // Nobody is in it or about to join.
  bool is_deserted() const { return state_ == GroupState::empty && pending_.empty(); }
  // The topics that its members read; none if that is not known.
  std::optional<std::set<std::string, std::less<>>> subscribed_topics() const;
  GroupDescription describe() const;

 private:
  void set_state(GroupState state);
  void touch(Member& member);
  GroupMetadata metadata() const;
  // unknown_member, fenced_instance or none.
  GroupError check_member(std::string_view member_id,
                          const std::optional<std::string>& instance_id) const;

  // group_join.cc
  void join_new(const JoinRequest& request, const JoinAnswer& answer);
  void join_known(const JoinRequest& request, const JoinAnswer& answer);
  void give_pending_id(const JoinRequest& request, std::string member_id, const JoinAnswer& answer);
  void add_member(const JoinRequest& request, std::string member_id, const JoinAnswer& answer);
  void rejoin(Member& member, const JoinRequest& request, const JoinAnswer& answer);
  void take_over(const JoinRequest& request, const std::string& old_id, std::string new_id,
                 const JoinAnswer& answer);
  void take_over_when_durable(const JoinRequest& request, const std::string& old_id,
                              std::string new_id, const JoinAnswer& answer);
  bool has_place_for(std::string_view member_id);
  bool knows_protocols_of(const JoinRequest& request) const;
  enum class ListMembers : std::uint8_t { no, to_the_leader };
  JoinResult joined_result(const Member& member, ListMembers list) const;

  // group_sync.cc
  GroupError check_sync(const SyncRequest& request) const;
  void store_assignments(const SyncRequest& request);
  void assignments_stored(const GroupMetadata& stored, GroupKeeper::Outcome outcome);
  void fail_sync(GroupError error);

  // group_rebalance.cc
  void start_rebalance();
  void complete_join_if_all_are_here();
  void complete_join();
  void begin_generation();
  void become_empty();
  void remove_member(const std::string& member_id);
  void remove_pending(std::string_view member_id);
  void wake_by(MonotonicTime when);
  void on_timer();
  void expire_sessions(MonotonicTime now);
  void expire_join(MonotonicTime now);
  void expire_sync(MonotonicTime now);
  MonotonicTime next_deadline() const;

  std::string name_;
  io::Reactor& reactor_;
  GroupKeeper& keeper_;
  const GroupOptions& options_;

  GroupState state_ = GroupState::empty;
  WallTimeMs state_since_ms_ = 0;
  std::int32_t generation_ = 0;
  std::string protocol_type_;
  std::string protocol_name_;
  GroupMembers members_;
  std::map<std::string, MonotonicTime, std::less<>> pending_;  // ids given out, until when
  std::size_t stores_under_way_ = 0;
  std::int32_t storing_generation_ = -1;  // the leader's assignments are on their way to the disk

  // While preparing: when the join ends. In the first rebalance of an empty group it is put off as long as members keep
  // coming, up to first_join_ends_max_.
  MonotonicTime join_ends_ = never;
  std::optional<MonotonicTime> first_join_ends_max_;
  bool somebody_new_joined_ = false;
  // While completing or stable: when members that owe a sync are removed.
  MonotonicTime sync_ends_ = never;

  io::TimerId timer_ = io::TimerId::none;
  MonotonicTime timer_at_ = never;
};

}  // namespace koine::core
