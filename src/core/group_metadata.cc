#include "core/group_metadata.h"

#include <algorithm>
#include <set>
#include <utility>

namespace koine::core {
namespace {

// The smallest encodings, which bound a count before anything is allocated for it.
constexpr std::size_t text_size_min = 4;
constexpr std::size_t protocol_size_min = 9;
constexpr std::size_t member_size_min = 29;

void write_optional(FieldWriter& writer, const std::optional<std::string>& text) {
  writer.boolean(text.has_value());
  if (text) writer.text(*text);
}

Result<std::optional<std::string>> read_optional(FieldReader& reader) {
  TRY(const bool is_set, reader.boolean());
  if (!is_set) return std::optional<std::string>();
  TRY(std::string text, reader.text());
  return std::optional(std::move(text));
}

void write_protocol(FieldWriter& writer, const GroupProtocol& protocol) {
  writer.text(protocol.name);
  writer.blob(protocol.metadata.view());
  writer.boolean(protocol.topics.has_value());
  if (!protocol.topics) return;
  writer.number(static_cast<std::uint32_t>(protocol.topics->size()));
  for (const std::string& topic : *protocol.topics) writer.text(topic);
}

Result<GroupProtocol> read_protocol(FieldReader& reader) {
  GroupProtocol protocol;
  TRY(protocol.name, reader.text());
  TRY(const ByteView metadata, reader.blob());
  protocol.metadata = Bytes::copy_of(metadata);
  TRY(const bool has_topics, reader.boolean());
  if (!has_topics) return protocol;
  TRY(const std::uint32_t count, reader.count(text_size_min));
  auto& topics = protocol.topics.emplace();
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(std::string topic, reader.text());
    topics.push_back(std::move(topic));
  }
  return protocol;
}

void write_member(FieldWriter& writer, const GroupMember& member) {
  writer.text(member.member_id);
  write_optional(writer, member.instance_id);
  writer.text(member.client_id);
  writer.text(member.client_host);
  writer.number(member.session_timeout_ms);
  writer.number(member.rebalance_timeout_ms);
  writer.number(static_cast<std::uint32_t>(member.protocols.size()));
  for (const GroupProtocol& protocol : member.protocols) write_protocol(writer, protocol);
  writer.blob(member.assignment.view());
}

Result<GroupMember> read_member(FieldReader& reader) {
  GroupMember member;
  TRY(member.member_id, reader.text());
  TRY(member.instance_id, read_optional(reader));
  TRY(member.client_id, reader.text());
  TRY(member.client_host, reader.text());
  TRY(member.session_timeout_ms, reader.number<std::int32_t>());
  TRY(member.rebalance_timeout_ms, reader.number<std::int32_t>());
  TRY(const std::uint32_t count, reader.count(protocol_size_min));
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(GroupProtocol protocol, read_protocol(reader));
    member.protocols.push_back(std::move(protocol));
  }
  TRY(const ByteView assignment, reader.blob());
  member.assignment = Bytes::copy_of(assignment);
  return member;
}

// Ids are unique, and the leader is a member.
Result<> check_members(const GroupMetadata& metadata) {
  std::set<std::string_view> ids;
  std::set<std::string_view> instances;
  for (const GroupMember& member : metadata.members) {
    const bool is_new = ids.insert(member.member_id).second &&
                        (!member.instance_id || instances.insert(*member.instance_id).second);
    if (!is_new)
      return fail(ErrorCode::corrupt, "group member " + member.member_id + " is there twice");
  }
  const bool leader_is_known =
      ids.empty() ? metadata.leader.empty() : ids.contains(metadata.leader);
  if (!leader_is_known) return fail(ErrorCode::corrupt, "group leader is not a member");
  return {};
}

}  // namespace

const GroupProtocol* GroupMember::find_protocol(std::string_view name) const {
  for (const GroupProtocol& protocol : protocols) {
    if (protocol.name == name) return &protocol;
  }
  return nullptr;
}

void GroupMetadata::ask_for_rebalance() {
  protocol_name.clear();
  const bool leader_is_here =
      std::ranges::find(members, leader, &GroupMember::member_id) != members.end();
  if (!leader_is_here) leader = members.empty() ? std::string() : members.front().member_id;
  for (GroupMember& member : members) member.assignment = {};
}

void write(FieldWriter& writer, const GroupMetadata& metadata) {
  writer.number(metadata.generation);
  writer.text(metadata.protocol_type);
  writer.text(metadata.protocol_name);
  writer.text(metadata.leader);
  writer.number(metadata.state_since_ms);
  writer.number(static_cast<std::uint32_t>(metadata.members.size()));
  for (const GroupMember& member : metadata.members) write_member(writer, member);
}

Result<GroupMetadata> read_group_metadata(FieldReader& reader) {
  GroupMetadata metadata;
  TRY(metadata.generation, reader.number<std::int32_t>());
  TRY(metadata.protocol_type, reader.text());
  TRY(metadata.protocol_name, reader.text());
  TRY(metadata.leader, reader.text());
  TRY(metadata.state_since_ms, reader.number<WallTimeMs>());
  TRY(const std::uint32_t count, reader.count(member_size_min));
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(GroupMember member, read_member(reader));
    metadata.members.push_back(std::move(member));
  }
  TRY(check_members(metadata));
  return metadata;
}

}  // namespace koine::core
