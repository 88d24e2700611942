#include "core/offsets.h"

namespace koine::core {

void write(FieldWriter& writer, const TopicPartition& partition) {
  writer.text(partition.topic);
  writer.number(partition.partition.value());
}

Result<TopicPartition> read_topic_partition(FieldReader& reader) {
  TopicPartition partition;
  TRY(partition.topic, reader.text());
  TRY(const auto number, reader.number<std::int32_t>());
  partition.partition = PartitionId(number);
  return partition;
}

void write(FieldWriter& writer, const CommittedOffset& committed) {
  writer.number(committed.offset.value());
  writer.number(committed.leader_epoch);
  writer.text(committed.metadata);
  writer.number(committed.commit_time_ms);
  writer.boolean(committed.expires_at_ms.has_value());
  if (committed.expires_at_ms) writer.number(*committed.expires_at_ms);
}

Result<CommittedOffset> read_committed_offset(FieldReader& reader) {
  CommittedOffset committed;
  TRY(const auto offset, reader.number<std::int64_t>());
  committed.offset = Offset(offset);
  TRY(committed.leader_epoch, reader.number<std::int32_t>());
  TRY(committed.metadata, reader.text());
  TRY(committed.commit_time_ms, reader.number<WallTimeMs>());
  TRY(const bool expires, reader.boolean());
  if (!expires) return committed;
  TRY(committed.expires_at_ms, reader.number<WallTimeMs>());
  return committed;
}

void write(FieldWriter& writer, const OffsetMap& offsets) {
  writer.number(static_cast<std::uint32_t>(offsets.size()));
  for (const auto& [partition, committed] : offsets) {
    write(writer, partition);
    write(writer, committed);
  }
}

Result<OffsetMap> read_offsets(FieldReader& reader) {
  constexpr std::size_t size_min = 33;  // without topic, metadata and expiry
  OffsetMap offsets;
  TRY(const std::uint32_t count, reader.count(size_min));
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(TopicPartition partition, read_topic_partition(reader));
    TRY(CommittedOffset committed, read_committed_offset(reader));
    offsets.insert_or_assign(std::move(partition), std::move(committed));
  }
  return offsets;
}

}  // namespace koine::core
