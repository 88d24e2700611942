// Offsets: commit, fetch and delete, and the deletion of a group with them.
#include <algorithm>
#include <utility>

#include "core/group_coordinator.h"

namespace koine::core {

Task<std::vector<GroupError>> GroupCoordinator::commit(CommitRequest request) {
  const Call call(*this);
  std::vector<GroupError> errors(request.offsets.size(), GroupError::none);
  GroupError error = closed_ ? GroupError::coordinator_not_available : GroupError::none;
  GroupPtr group;
  if (error == GroupError::none) {
    // Without a generation the group only keeps offsets, and begins with them.
    group = request.generation < 0 ? find_or_create(request.group) : find(request.group);
    if (group) {
      error = group->check_commit(request);
    } else {
      error = request.generation < 0 ? GroupError::too_many_groups : GroupError::illegal_generation;
    }
  }
  if (error != GroupError::none) {
    std::ranges::fill(errors, error);
    co_return errors;
  }
  errors = check_offsets(request);
  OffsetMap accepted = accepted_offsets(request, errors);
  if (accepted.empty()) co_return errors;
  const Group::Storing storing(*group);
  const Result<> stored =
      co_await change(OffsetsCommitted{std::move(request.group), std::move(accepted)});
  if (!stored) std::ranges::replace(errors, GroupError::none, GroupError::storage);
  co_return errors;
}

std::vector<GroupError> GroupCoordinator::check_offsets(const CommitRequest& request) const {
  const StoredGroup* stored = store_.find(request.group);
  std::size_t count = stored == nullptr ? 0 : stored->offsets.size();
  std::vector<GroupError> errors;
  for (const OffsetCommit& commit : request.offsets) {
    const bool is_known = stored != nullptr && stored->offsets.contains(commit.partition);
    if (commit.metadata.size() > options_.offset_metadata_bytes_max) {
      errors.push_back(GroupError::offset_metadata_too_large);
    } else if (!is_known && ++count > options_.offsets_per_group_max) {
      errors.push_back(GroupError::too_large);
    } else {
      errors.push_back(GroupError::none);
    }
  }
  return errors;
}

OffsetMap GroupCoordinator::accepted_offsets(const CommitRequest& request,
                                             std::span<const GroupError> errors) const {
  const WallTimeMs now_ms = reactor_.wall_clock_ms();
  OffsetMap accepted;
  for (std::size_t i = 0; i < request.offsets.size(); ++i) {
    if (errors[i] != GroupError::none) continue;
    const OffsetCommit& commit = request.offsets[i];
    CommittedOffset& committed = accepted[commit.partition];
    committed = {.offset = commit.offset,
                 .leader_epoch = commit.leader_epoch,
                 .metadata = commit.metadata,
                 .commit_time_ms = now_ms,
                 .expires_at_ms = std::nullopt};
    if (request.retention_ms) committed.expires_at_ms = time_after(now_ms, *request.retention_ms);
  }
  return accepted;
}

FetchResult GroupCoordinator::fetch(const FetchRequest& request) const {
  if (closed_) return {.error = GroupError::coordinator_not_available};
  static const OffsetMap none;
  const StoredGroup* stored = store_.find(request.group);
  const OffsetMap& offsets = stored == nullptr ? none : stored->offsets;
  FetchResult result;
  if (!request.partitions) {
    for (const auto& [partition, committed] : offsets)
      result.offsets.push_back({partition, committed});
    return result;
  }
  for (const TopicPartition& partition : *request.partitions) {
    const auto found = offsets.find(partition);
    result.offsets.push_back(
        {partition, found == offsets.end() ? std::nullopt : std::optional(found->second)});
  }
  return result;
}

Task<DeleteOffsetsResult> GroupCoordinator::delete_offsets(std::string name,
                                                           std::vector<TopicPartition> partitions) {
  const Call call(*this);
  DeleteOffsetsResult result;
  const GroupPtr group = find(name);
  if (closed_) {
    result.error = GroupError::coordinator_not_available;
  } else if (name.empty()) {
    result.error = GroupError::invalid_group_id;
  } else if (!group || group->state() == GroupState::dead) {
    result.error = GroupError::group_not_found;
  } else if (group->state() != GroupState::empty &&
             group->protocol_type() != consumer_protocol_type) {
    // Nobody but its members knows what they read.
    result.error = GroupError::non_empty_group;
  }
  if (result.error != GroupError::none) co_return result;

  const bool has_members = group->state() != GroupState::empty;
  const auto subscribed = group->subscribed_topics();
  std::vector<TopicPartition> removed;
  for (const TopicPartition& partition : partitions) {
    const bool is_read = has_members && (!subscribed || subscribed->contains(partition.topic));
    result.by_partition.push_back(is_read ? GroupError::subscribed_to_topic : GroupError::none);
    if (!is_read) removed.push_back(partition);
  }
  if (removed.empty()) co_return result;
  const Group::Storing storing(*group);
  const Result<> stored = co_await change(OffsetsRemoved{std::move(name), std::move(removed)});
  if (!stored) {
    std::ranges::replace(result.by_partition, GroupError::none, GroupError::storage);
  }
  co_return result;
}

Task<GroupError> GroupCoordinator::delete_group(std::string name, Keyed keyed) {
  const Call call(*this);
  if (closed_) co_return GroupError::coordinator_not_available;
  if (name.empty()) co_return GroupError::invalid_group_id;
  const GroupPtr group = find(name);
  if (!group || group->state() == GroupState::dead) co_return GroupError::group_not_found;
  if (group->state() != GroupState::empty) co_return GroupError::non_empty_group;
  const Result<> removed = co_await remove_group(group, std::move(keyed));
  co_return removed ? GroupError::none : GroupError::storage;
}

}  // namespace koine::core
