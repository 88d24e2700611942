#include "core/group_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/fields.h"

namespace koine::core {
namespace {

constexpr std::uint8_t format_version = 1;

Result<StoredGroup> read_stored_group(FieldReader& reader) {
  StoredGroup stored;
  TRY(const bool has_metadata, reader.boolean());
  if (has_metadata) {
    TRY(stored.metadata, read_group_metadata(reader));
  }
  TRY(stored.offsets, read_offsets(reader));
  return stored;
}

}  // namespace

void GroupStore::apply(GroupChange change) {
  std::visit([this](auto&& one) { apply_one(std::forward<decltype(one)>(one)); },
             std::move(change));
}

void GroupStore::apply_one(OffsetsCommitted change) {
  OffsetMap& offsets = groups_[std::move(change.group)].offsets;
  for (auto& [partition, committed] : change.offsets) {
    offsets.insert_or_assign(partition, std::move(committed));
  }
}

void GroupStore::apply_one(const OffsetsRemoved& change) {
  const auto found = groups_.find(change.group);
  if (found == groups_.end()) return;
  for (const TopicPartition& partition : change.partitions) found->second.offsets.erase(partition);
}

void GroupStore::apply_one(GenerationStored change) {
  groups_[std::move(change.group)].metadata = std::move(change.metadata);
}

void GroupStore::apply_one(const GroupRemoved& change) { groups_.erase(change.group); }

void GroupStore::apply_one(const TopicForgotten& change) {
  for (auto& [name, group] : groups_) {
    std::erase_if(group.offsets,
                  [&](const auto& item) { return item.first.topic == change.topic; });
  }
}

void GroupStore::apply_one(const MembersLeft& change) {
  const auto found = groups_.find(change.group);
  if (found == groups_.end() || !found->second.metadata) return;
  GroupMetadata& metadata = *found->second.metadata;
  const auto left = std::erase_if(metadata.members, [&](const GroupMember& member) {
    return std::ranges::find(change.member_ids, member.member_id) != change.member_ids.end();
  });
  if (left == 0) return;
  metadata.ask_for_rebalance();
  if (metadata.members.empty()) metadata.state_since_ms = change.left_at_ms;
}

const StoredGroup* GroupStore::find(std::string_view group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

std::vector<std::byte> GroupStore::save() const {
  FieldWriter writer;
  writer.number(format_version);
  writer.number(static_cast<std::uint32_t>(groups_.size()));
  for (const auto& [name, group] : groups_) {
    writer.text(name);
    writer.boolean(group.metadata.has_value());
    if (group.metadata) write(writer, *group.metadata);
    write(writer, group.offsets);
  }
  return writer.take();
}

Result<> GroupStore::restore(ByteView saved) {
  constexpr std::size_t group_size_min = 9;
  FieldReader reader(saved);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != format_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("saved groups of version {}, expected {}", version, format_version));
  }
  TRY(const std::uint32_t count, reader.count(group_size_min));
  Groups groups;
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(std::string name, reader.text());
    TRY(StoredGroup group, read_stored_group(reader));
    groups.insert_or_assign(std::move(name), std::move(group));
  }
  TRY(reader.finish());
  groups_ = std::move(groups);
  return {};
}

Result<> GroupStore::replay(ByteView entry) {
  TRY(GroupChange change, decode_group_change(entry));
  apply(std::move(change));
  return {};
}

}  // namespace koine::core
