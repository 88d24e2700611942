// GroupCoordinator: the consumer groups of one shard: who is a member, who reads what, how far they are. Follows the
// rules of Apache Kafka's coordinator for the classic protocol.
//
//   join, sync, heartbeat, leave     Group        the members in memory, and the group's timer
//   commit, fetch, expiry            GroupStore   what is durable: the last stable generation, the offsets
//
// Owned by the Engine, used on its shard only. A committed offset and a stable generation are answered after the entry
// that says so is durable; a storage error means that nothing has changed. After a restart the members of a stable
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
#include "core/group_messages.h"
#include "core/group_options.h"
#include "core/group_store.h"
#include "core/offsets.h"
#include "core/state_log.h"
#include "io/random.h"
#include "io/reactor.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::core {

class Group;

class GroupCoordinator {
 public:
  // All outlive it. Does nothing before start(), except restore() and replay().
  GroupCoordinator(io::Reactor& reactor, io::Random& random, StateLog& log, GroupOptions options);
  GroupCoordinator(const GroupCoordinator&) = delete;
  GroupCoordinator& operator=(const GroupCoordinator&) = delete;
  ~GroupCoordinator();

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
  LeaveResult leave(std::string_view group, std::span<const LeavingMember> members);

  // An error for each offset, in the order of the request. All accepted ones are one durable entry. Whether a topic
  // exists is the caller's to check.
  Task<std::vector<GroupError>> commit(CommitRequest request);
  FetchResult fetch(const FetchRequest& request) const;
  Task<DeleteOffsetsResult> delete_offsets(std::string group, std::vector<TopicPartition> partitions);

  // By name; only groups in one of the states, if any is given.
  std::vector<GroupSummary> list(std::span<const GroupState> states) const;
  GroupDescription describe(std::string_view group) const;
  // With its offsets. Errors: invalid_group_id, group_not_found, non_empty_group, storage, coordinator_not_available.
  Task<GroupError> delete_group(std::string group);

  // Forgets offsets whose time is over (KIP-211) and empty groups that have none left. Called now and then; what could
  // not be made durable is found again the next time.
  Task<Result<>> expire();
  // The topic was deleted: forgets its offsets in all groups.
  Task<Result<>> remove_topic(std::string topic);

  std::size_t group_count() const { return groups_.size(); }

 private:
  class Call;
  using GroupPtr = std::shared_ptr<Group>;

  GroupPtr find(std::string_view group) const;
  GroupPtr find_or_create(std::string_view group);
  void remove_idle_groups();
  void add_group(const std::string& name, const StoredGroup& stored);

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

}  // namespace koine::core
