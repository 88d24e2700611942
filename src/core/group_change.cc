#include "core/group_change.h"

#include <fmt/format.h>

#include "base/fields.h"

namespace koine::core {
namespace {

constexpr std::uint8_t format_version = 1;

enum class Kind : std::uint8_t {
  offsets_committed = 1,
  offsets_removed = 2,
  generation_stored = 3,
  group_removed = 4,
  topic_forgotten = 5,
  members_left = 6,
};

struct Encoder {
  FieldWriter& writer;

  void begin(Kind kind, std::string_view name) const {
    writer.number(format_version);
    writer.number(static_cast<std::uint8_t>(kind));
    writer.text(name);
  }
  void operator()(const OffsetsCommitted& change) const {
    begin(Kind::offsets_committed, change.group);
    write(writer, change.offsets);
  }
  void operator()(const OffsetsRemoved& change) const {
    begin(Kind::offsets_removed, change.group);
    writer.number(static_cast<std::uint32_t>(change.partitions.size()));
    for (const TopicPartition& partition : change.partitions) write(writer, partition);
  }
  void operator()(const GenerationStored& change) const {
    begin(Kind::generation_stored, change.group);
    write(writer, change.metadata);
  }
  void operator()(const GroupRemoved& change) const { begin(Kind::group_removed, change.group); }
  void operator()(const TopicForgotten& change) const {
    begin(Kind::topic_forgotten, change.topic);
  }
  void operator()(const MembersLeft& change) const {
    begin(Kind::members_left, change.group);
    writer.number(change.left_at_ms);
    writer.number(static_cast<std::uint32_t>(change.member_ids.size()));
    for (const std::string& id : change.member_ids) writer.text(id);
  }
};

Result<std::vector<TopicPartition>> read_partitions(FieldReader& reader) {
  constexpr std::size_t size_min = 8;
  std::vector<TopicPartition> partitions;
  TRY(const std::uint32_t count, reader.count(size_min));
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(TopicPartition partition, read_topic_partition(reader));
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

Result<MembersLeft> read_members_left(FieldReader& reader, std::string name) {
  constexpr std::size_t size_min = 4;
  MembersLeft left{.group = std::move(name), .member_ids = {}};
  TRY(left.left_at_ms, reader.number<WallTimeMs>());
  TRY(const std::uint32_t count, reader.count(size_min));
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(std::string id, reader.text());
    left.member_ids.push_back(std::move(id));
  }
  return left;
}

Result<GroupChange> read_change(FieldReader& reader) {
  TRY(const auto kind, reader.number<std::uint8_t>());
  TRY(std::string name, reader.text());
  switch (static_cast<Kind>(kind)) {
    case Kind::offsets_committed: {
      TRY(OffsetMap offsets, read_offsets(reader));
      return OffsetsCommitted{std::move(name), std::move(offsets)};
    }
    case Kind::offsets_removed: {
      TRY(std::vector<TopicPartition> partitions, read_partitions(reader));
      return OffsetsRemoved{std::move(name), std::move(partitions)};
    }
    case Kind::generation_stored: {
      TRY(GroupMetadata metadata, read_group_metadata(reader));
      return GenerationStored{std::move(name), std::move(metadata)};
    }
    case Kind::group_removed: return GroupRemoved{std::move(name)};
    case Kind::topic_forgotten: return TopicForgotten{std::move(name)};
    case Kind::members_left: {
      TRY(MembersLeft left, read_members_left(reader, std::move(name)));
      return left;
    }
  }
  return fail(ErrorCode::corrupt, fmt::format("group change of kind {}, expected 1 to 6", kind));
}

}  // namespace

std::vector<std::byte> encode(const GroupChange& change) {
  FieldWriter writer;
  std::visit(Encoder{writer}, change);
  return writer.take();
}

Result<GroupChange> decode_group_change(ByteView bytes) {
  FieldReader reader(bytes);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != format_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("group change of version {}, expected {}", version, format_version));
  }
  TRY(GroupChange change, read_change(reader));
  TRY(reader.finish());
  return change;
}

}  // namespace koine::core
