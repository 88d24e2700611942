// Forgetting: offsets whose time is over, offsets of deleted topics, and groups of which nothing is left.
#include <algorithm>
#include <utility>

#include "core/group_coordinator.h"

namespace koine::core {

Task<Result<>> GroupCoordinator::expire() {
  const Call call(*this);
  forget_idle_groups();
  // Groups come and go while one waits for the disk: go on after its name, not after its place.
  auto next = groups_.begin();
  while (!closed_ && next != groups_.end()) {
    const GroupPtr group = next->second;
    CO_TRY(co_await expire_group(group));
    next = groups_.upper_bound(group->name());
  }
  co_return Result<>();
}

Task<Result<>> GroupCoordinator::expire_group(GroupPtr group) {
  const StoredGroup* stored = store_.find(group->name());
  // An offset on its way to the disk is younger than the one that would expire.
  if (stored == nullptr || group->is_being_stored()) co_return Result<>();
  std::vector<TopicPartition> expired = expired_offsets(*group);
  if (group->is_deserted() && expired.size() == stored->offsets.size()) {
    co_return co_await remove_group(group);
  }
  if (expired.empty()) co_return Result<>();
  const Group::Storing storing(*group);
  co_return co_await change(OffsetsRemoved{group->name(), std::move(expired)});
}

std::vector<TopicPartition> GroupCoordinator::expired_offsets(const Group& group) const {
  const bool had_members = !group.protocol_type().empty();
  const bool is_empty = group.state() == GroupState::empty;
  const auto subscribed = group.subscribed_topics();
  // A group at work: only topics that it is known not to read any more (KIP-211).
  const bool is_known = group.state() == GroupState::stable && subscribed.has_value();
  std::vector<TopicPartition> expired;
  if (!is_empty && !is_known) return expired;
  const WallTimeMs now_ms = reactor_.wall_clock_ms();
  for (const auto& [partition, committed] : store_.find(group.name())->offsets) {
    if (!is_empty && subscribed->contains(partition.topic)) continue;
    // Members' offsets age from when the last one left, others from their commit.
    const WallTimeMs since_ms = is_empty && had_members
                                    ? std::max(group.state_since_ms(), committed.commit_time_ms)
                                    : committed.commit_time_ms;
    const WallTimeMs until_ms =
        committed.expires_at_ms.value_or(time_after(since_ms, options_.offsets_retention_ms));
    if (until_ms <= now_ms) expired.push_back(partition);
  }
  return expired;
}

Task<Result<>> GroupCoordinator::remove_group(GroupPtr group, Keyed keyed) {
  group->begin_deletion();
  const Result<> removed = co_await change(GroupRemoved{group->name()}, std::move(keyed));
  if (!removed) {
    if (!closed_) group->deletion_failed();
    co_return removed;
  }
  const auto found = groups_.find(group->name());
  if (found != groups_.end() && found->second == group) groups_.erase(found);
  co_return Result<>();
}

Task<Result<>> GroupCoordinator::remove_topic(std::string topic) {
  const Call call(*this);
  if (closed_) co_return fail(ErrorCode::closed, "the groups are closing");
  co_return co_await change(TopicForgotten{std::move(topic)});
}

}  // namespace koine::core
