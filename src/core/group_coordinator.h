// GroupCoordinator: the consumer groups of one shard: who is a member, who reads what, how far they are. Follows the
// rules of Apache Kafka's coordinator for the classic protocol.
//
//   join, sync, heartbeat, leave     Group        the members in memory, and the group's timer
//   commit, fetch, expiry            GroupStore   what is durable: the last stable generation, the offsets
//
// Owned by the Engine, used on its shard only. A committed offset, a stable generation and a leave are answered after the
// entry that says so is durable; a storage error means that nothing durable has changed. After a restart the members of a stable
// generation go on, with a fresh session timeout. Memory is bounded by GroupOptions.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "core/group.h"
#include "core/group_messages.h"
#include "core/group_options.h"
#include "core/group_store.h"
#include "core/idempotency.h"
#include "core/offsets.h"
#include "core/state_log.h"
#include "io/random.h"
#include "io/reactor.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::core {

class GroupCoordinator final : private GroupKeeper {
 public:
  // All outlive it. Does nothing before start(), except restore() and replay().
  GroupCoordinator(io::Reactor& reactor, io::Random& random, StateLog& log, GroupOptions options);
  ~GroupCoordinator() override;

  // What the journal's checkpoints and recovery need (journal::StateOwner). Errors: corrupt, unsupported.
  std::vector<std::byte> save() const;
  Result<> restore(ByteView saved);
  Result<> replay(ByteView entry);

  // After recovery: the sessions of the recovered members begin now.
  void start();
  // Wakes everybody who waits, with coordinator_not_available, and returns when every call has ended. Later calls get
  // coordinator_not_available.
  Task<void> close();

  // Waits for the other members, at most for the group's rebalance timeout. The answer is also due when the peer is
  // gone: the member keeps its place until its session ends.
  Task<JoinResult> join(JoinRequest request);
  // Waits for the leader's assignments and until they are durable.
  Task<SyncResult> sync(SyncRequest request);
  GroupError heartbeat(const HeartbeatRequest& request);
  // The members are gone at once, which the others learn; the answer waits until a restart does not find them either.
  // With the error storage a restart may find them until their sessions end.
  Task<LeaveResult> leave(std::string name, std::vector<LeavingMember> members);

  // An error for each offset, in the order of the request. All accepted ones are one durable entry. Whether a topic
  // exists is the caller's to check.
  Task<std::vector<GroupError>> commit(CommitRequest request);
  FetchResult fetch(const FetchRequest& request) const;
  Task<DeleteOffsetsResult> delete_offsets(std::string name,
                                           std::vector<TopicPartition> partitions);

  // By name; only groups in one of the states, if any is given.
  std::vector<GroupSummary> list(std::span<const GroupState> states) const;
  GroupDescription describe(std::string_view name) const;
  // With its offsets. `keyed`: it is a piece of a request with a key. Errors: invalid_group_id, group_not_found, non_empty_group, storage, coordinator_not_available.
  Task<GroupError> delete_group(std::string name, Keyed keyed = {});

  // Forgets offsets whose time is over (KIP-211) and empty groups that have none left. Called now and then; what could
  // not be made durable is found again the next time.
  Task<Result<>> expire();
  // The topic was deleted: forgets its offsets in all groups.
  Task<Result<>> remove_topic(std::string topic);

  std::size_t group_count() const { return groups_.size(); }

 private:
  class Call;
  using GroupPtr = std::shared_ptr<Group>;

  void store(Group& group, GroupMetadata metadata, Done done) override;
  std::string new_member_id(std::string_view prefix) override;

  // group_coordinator.cc
  GroupPtr find(std::string_view group) const;
  // Null if there are too many.
  GroupPtr find_or_create(const std::string& name);
  void add_group(const std::string& name, const GroupMetadata* stored);
  // Nothing is durable of them, and nobody is in them.
  void forget_idle_groups();
  // Durable, then applied to the store.
  Task<Result<>> change(GroupChange change, Keyed keyed = {});
  Task<void> store_generation(GroupPtr group, GroupMetadata metadata, Done done);
  GroupError check_join(const JoinRequest& request) const;

  // group_offsets.cc
  std::vector<GroupError> check_offsets(const CommitRequest& request) const;
  OffsetMap accepted_offsets(const CommitRequest& request,
                             std::span<const GroupError> errors) const;

  // group_expiry.cc
  Task<Result<>> expire_group(GroupPtr group);
  std::vector<TopicPartition> expired_offsets(const Group& group) const;
  // The group has nobody and, when it is gone, nothing: its offsets go with it.
  Task<Result<>> remove_group(GroupPtr group, Keyed keyed = {});

  io::Reactor& reactor_;
  io::Random& random_;
  StateLog& log_;
  GroupOptions options_;
  GroupStore store_;
  std::map<std::string, GroupPtr, std::less<>> groups_;
  runtime::Gate gate_;
  runtime::Signal call_ended_;
  std::size_t calls_ = 0;
  bool closed_ = false;
};

// A call that may wait: close() returns after the last one has ended.
class GroupCoordinator::Call {
 public:
  explicit Call(GroupCoordinator& coordinator) : coordinator_(coordinator) {
    ++coordinator_.calls_;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    if (--coordinator_.calls_ == 0) coordinator_.call_ended_.notify_all();
  }

 private:
  GroupCoordinator& coordinator_;
};

}  // namespace koine::core
