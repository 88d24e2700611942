// What an engine's checkpoints keep, and how it comes back.
//
//   version 1 | count | sections: kind, blob
//   catalog and producer ids (shard 0), groups, the producers of each partition: count, log id, blob; queues;
//   what is known of requests with a key

#include <fmt/format.h>

#include <utility>

#include "base/fields.h"
#include "core/engine.h"
#include "core/engine_logs.h"
#include "core/group_coordinator.h"
#include "core/idempotency_log.h"
#include "core/queues/queues.h"
#include "core/record_batch.h"

namespace koine::core {
namespace {

constexpr std::uint8_t saved_version = 1;

enum class Section : std::uint8_t {
  catalog = 1,
  producer_ids = 2,
  groups = 3,
  producers = 4,
  queues = 5,
  idempotency = 6
};

constexpr std::size_t section_size_min = 1 + 4;
constexpr std::size_t partition_size_min = 8 + 4;

void write_section(FieldWriter& writer, Section section, ByteView saved) {
  writer.number(static_cast<std::uint8_t>(section));
  writer.blob(saved);
}

}  // namespace

std::vector<std::byte> Engine::save() {
  FieldWriter writer;
  writer.number(saved_version);
  writer.number<std::uint32_t>(is_first() ? 6 : 4);
  if (is_first()) {
    write_section(writer, Section::catalog, catalog_.save());
    write_section(writer, Section::producer_ids, producer_ids_.save());
  }
  write_section(writer, Section::groups, groups_->save());
  write_section(writer, Section::producers, save_producers());
  write_section(writer, Section::queues, queues_->save());
  write_section(writer, Section::idempotency, idempotency_->save());
  return writer.take();
}

std::vector<std::byte> Engine::save_producers() const {
  FieldWriter writer;
  std::uint32_t count = 0;
  FieldWriter entries;
  const auto write = [&](LogId log, const Producers& producers) {
    if (producers.size() == 0) return;
    ++count;
    entries.number(log.value());
    entries.blob(producers.save());
  };
  for (const auto& [log, partition] : partitions_) write(log, partition->producers());
  // While opening, some are not with their partition yet.
  for (const auto& [log, producers] : recovered_producers_) write(log, producers);
  writer.number(count);
  writer.raw(entries.view());
  return writer.take();
}

Result<> Engine::restore(ByteView saved) {
  FieldReader reader(saved);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != saved_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("a checkpoint in format {}, expected {}", version, saved_version));
  }
  TRY(const std::uint32_t count, reader.count(section_size_min));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const auto section, reader.number<std::uint8_t>());
    TRY(const ByteView content, reader.blob());
    TRY(restore_section(section, content));
  }
  return reader.finish();
}

Result<> Engine::restore_section(std::uint8_t section, ByteView saved) {
  switch (static_cast<Section>(section)) {
    case Section::catalog: return catalog_.restore(saved);
    case Section::producer_ids: return producer_ids_.restore(saved);
    case Section::groups: return groups_->restore(saved);
    case Section::producers: return restore_producers(saved);
    case Section::queues: return queues_->restore(saved);
    case Section::idempotency: return idempotency_->restore(saved);
  }
  return fail(ErrorCode::corrupt, fmt::format("a checkpoint with unknown section {}", section));
}

Result<> Engine::restore_producers(ByteView saved) {
  FieldReader reader(saved);
  TRY(const std::uint32_t count, reader.count(partition_size_min));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const auto log, reader.number<std::uint64_t>());
    TRY(const ByteView content, reader.blob());
    TRY(recovered_producers(LogId(log)).restore(content));
  }
  return reader.finish();
}

Producers& Engine::recovered_producers(LogId log) {
  return recovered_producers_.try_emplace(log, options_.producers_per_partition_max).first->second;
}

// What was refused when it was committed is refused again.
Result<> Engine::replay_catalog(ByteView entry) {
  TRY(const auto changes, decode_changes(entry));
  bool is_done = false;
  for (const CatalogChange& change : changes) {
    const auto* key = std::get_if<RememberKey>(&change);
    if (key != nullptr && is_done) keep_key(*key);
    is_done = catalog_.apply(change).has_value();
  }
  return {};
}

Result<> Engine::replay(const journal::ReplayedEntry& entry) {
  if (entry.log == state_log_id(shard_.id(), StateLogNumber::catalog))
    return replay_catalog(entry.body);
  if (entry.log == state_log_id(shard_.id(), StateLogNumber::idempotency))
    return idempotency_->replay(entry.body);
  if (entry.log == state_log_id(shard_.id(), StateLogNumber::producer_ids)) {
    return producer_ids_.replay(entry.body);
  }
  if (entry.log == state_log_id(shard_.id(), StateLogNumber::groups))
    return groups_->replay(entry.body);
  if (entry.log == state_log_id(shard_.id(), StateLogNumber::queues))
    return queues_->replay_changes(entry.body);
  if (journal::number_of(entry.log) < journal::first_dynamic_log) {
    return fail(ErrorCode::unsupported,
                fmt::format("an entry of unknown state log {}", journal::number_of(entry.log)));
  }
  if (is_queue_log(entry.log)) return queues_->replay_messages(entry);
  TRY(const BatchHeader batch, decode_batch_header(entry.body));
  if (batch.has_producer()) {
    recovered_producers(entry.log).replay(batch, entry.base_offset, shard_.wall_clock_ms());
  }
  return {};
}

}  // namespace koine::core
