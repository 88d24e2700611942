#include "ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/byte_order.h"
#include "base/units.h"
#include "core/record_batch.h"
#include "core/record_reader.h"

namespace koine::simulation {
namespace {

std::string place(LogId log, Offset offset) {
  return fmt::format("log {:#x}, offset {}", log.value(), offset.value());
}

std::optional<BatchNumber> number_in(ByteView batch) {
  auto reader = core::RecordReader::open(batch, 16 * MiB);
  if (!reader) return std::nullopt;
  const auto record = reader->next();
  if (!record || !*record || !(*record)->key || (*record)->key->size() != sizeof(BatchNumber))
    return std::nullopt;
  return load_le<BatchNumber>((*record)->key->data());
}

}  // namespace

void Ledger::sending(LogId log, Bytes bytes, std::uint32_t record_count) {
  batches_.push_back({.log = log,
                      .bytes = std::move(bytes),
                      .record_count = record_count,
                      .acknowledged = std::nullopt,
                      .seen = std::nullopt});
}

PartitionLedger& Ledger::partition(LogId log, const core::Topic& topic) {
  PartitionLedger& ledger = partitions_[log];
  if (ledger.topic.empty()) {
    ledger.topic = topic.name;
    ledger.topic_id = topic.id;
  }
  note_retention(topic.id, topic.settings.retention_bytes);
  if (ledger.topic_id != topic.id)
    violation(fmt::format("log {:#x} belongs to two topics", log.value()));
  return ledger;
}

void Ledger::acknowledged(BatchNumber number, Offset base_offset) {
  SentBatch& batch = batches_[number];
  if (batch.acknowledged && *batch.acknowledged != base_offset) {
    violation(fmt::format("batch {} was acknowledged at {} and at {}", number,
                          batch.acknowledged->value(), place(batch.log, base_offset)));
  }
  batch.acknowledged = base_offset;
  const auto [at, is_new] = partitions_[batch.log].known.emplace(base_offset, number);
  if (!is_new && at->second != number) {
    violation(fmt::format("{}: acknowledged for batch {}, but it is batch {}",
                          place(batch.log, base_offset), number, at->second));
  }
}

std::optional<BatchNumber> Ledger::recognize(LogId log, const FoundBatch& found) {
  const auto header = core::check_batch(found.body.view());
  if (!header) {
    violation(fmt::format("{}: {}", place(log, found.base_offset), header.error().to_string()));
    return std::nullopt;
  }
  const auto number = number_in(found.body.view());
  if (!number || *number >= batches_.size() || batches_[*number].log != log) {
    violation(fmt::format("{}: a batch that was never sent there", place(log, found.base_offset)));
    return std::nullopt;
  }
  const SentBatch& sent = batches_[*number];
  const auto compared_from = header->timestamp_source == core::TimestampSource::append
                                 ? core::batch_header_size
                                 : core::batch_crc_start;
  const bool same = sent.bytes.size() == found.body.size() &&
                    header->base_offset == found.base_offset &&
                    std::ranges::equal(sent.bytes.view().subspan(compared_from),
                                       found.body.view().subspan(compared_from));
  if (!same)
    violation(
        fmt::format("{}: batch {} is not what was sent", place(log, found.base_offset), *number));
  return number;
}

void Ledger::saw(LogId log, const FoundBatch& found) {
  const auto number = recognize(log, found);
  if (!number) return;
  SentBatch& sent = batches_[*number];
  for (const auto& before : {sent.acknowledged, sent.seen}) {
    if (before && *before != found.base_offset) {
      violation(fmt::format("{}: batch {} is also at {}", place(log, found.base_offset), *number,
                            before->value()));
    }
  }
  sent.seen = found.base_offset;
  const auto [at, is_new] = partitions_[log].known.emplace(found.base_offset, *number);
  if (!is_new && at->second != *number) {
    violation(fmt::format("{}: batch {} where batch {} was", place(log, found.base_offset), *number,
                          at->second));
  }
}

void Ledger::check_start(LogId log, const PartitionLedger& ledger, const FoundPartition& found) {
  if (found.start < ledger.start_acknowledged) {
    violation(fmt::format("{}: records are back that were deleted below {}",
                          place(log, found.start), ledger.start_acknowledged.value()));
  }
  if (found.start <= ledger.start_requested) return;
  std::int64_t kept = 0;
  for (const FoundBatch& batch : found.batches)
    kept += static_cast<std::int64_t>(batch.body.size());
  const auto smallest = retention_bytes_min_.find(ledger.topic_id);
  if (smallest == retention_bytes_min_.end() || kept < smallest->second) {
    violation(fmt::format(
        "{}: the start, but deletion was requested below {} only, and {} bytes are kept",
        place(log, found.start), ledger.start_requested.value(), kept));
  }
}

// A producer's batches are there in the order of their sequences.
void Ledger::check_sequences(LogId log, const FoundPartition& found) {
  std::map<ProducerId, std::int32_t> next;
  for (const FoundBatch& batch : found.batches) {
    const auto header = core::decode_batch_header(batch.body.view());
    if (!header || !header->has_producer()) continue;
    const auto [at, is_first] = next.try_emplace(header->producer_id, header->base_sequence);
    if (!is_first && at->second != header->base_sequence) {
      violation(fmt::format("{}: producer {} continues with sequence {}, expected {}",
                            place(log, batch.base_offset), header->producer_id.value(),
                            header->base_sequence, at->second));
    }
    at->second = header->base_sequence + header->record_count;
  }
}

void Ledger::check_partition(LogId log, const FoundPartition& read) {
  FoundPartition found = read;
  if (loses_a_batch_ && found.batches.size() > 1) {
    found.batches.erase(found.batches.begin() +
                        static_cast<std::ptrdiff_t>(found.batches.size() / 2));
  }
  if (partitions_[log].gone)
    violation(fmt::format("log {:#x} is back after its topic was deleted", log.value()));
  check_start(log, partitions_[log], found);
  std::optional<Offset> expected;
  for (const FoundBatch& batch : found.batches) {
    const bool begins_well =
        expected ? batch.base_offset == *expected : batch.base_offset <= found.start;
    if (!begins_well) {
      violation(fmt::format("{}: a gap before it, from {} on", place(log, batch.base_offset),
                            expected.value_or(found.start).value()));
    }
    const auto header = core::decode_batch_header(batch.body.view());
    expected = batch.base_offset + (header ? std::int64_t{header->record_count} : 0);
    saw(log, batch);
  }
  check_sequences(log, found);
  const Offset end = expected.value_or(found.start);
  if (end != found.high_watermark) {
    violation(fmt::format("log {:#x} ends at {}, but its high watermark is {}", log.value(),
                          end.value(), found.high_watermark.value()));
  }
  for (const auto& [base, number] : partitions_[log].known) {
    const Offset batch_end = base + std::int64_t{batches_[number].record_count};
    if (batch_end <= found.start) continue;
    if (std::ranges::binary_search(found.batches, base, {}, &FoundBatch::base_offset)) continue;
    const char* what = batches_[number].acknowledged ? "acknowledged" : "seen by a reader";
    violation(fmt::format("{}: batch {} was {} and is lost", place(log, base), number, what));
  }
}

void Ledger::check_absent(LogId log) {
  PartitionLedger& ledger = partitions_[log];
  if (ledger.gone) return;
  if (!deleting_.contains(ledger.topic_id) && !ledger.known.empty()) {
    violation(fmt::format("log {:#x} of topic {} has vanished", log.value(), ledger.topic));
  }
  ledger.gone = true;
}

void Ledger::note_retention(const core::TopicId& id, std::int64_t retention_bytes) {
  if (retention_bytes == core::unlimited) return;
  std::int64_t& smallest = retention_bytes_min_.try_emplace(id, retention_bytes).first->second;
  smallest = std::min(smallest, retention_bytes);
}

void Ledger::find_topic(const std::string& name, const core::Topic* found) {
  auto& states = topics_[name];
  const auto fits = [&](const TopicState& state) {
    if (state.exists != (found != nullptr)) return false;
    if (found == nullptr) return true;
    return (!state.id || *state.id == found->id) &&
           state.partition_count == found->partitions.size() &&
           state.retention_bytes == found->settings.retention_bytes &&
           state.logs.size() <= found->partitions.size() &&
           std::equal(state.logs.begin(), state.logs.end(), found->partitions.begin());
  };
  if (!states.empty() && std::ranges::none_of(states, fits)) {
    const std::string what =
        found == nullptr ? "is not there"
                         : fmt::format("has {} partitions and keeps {} bytes",
                                       found->partitions.size(), found->settings.retention_bytes);
    violation(fmt::format("topic {} {}, which is none of the {} things that it may be", name, what,
                          states.size()));
  }
  std::erase_if(states, fits);
  if (found == nullptr) {
    states.push_back({});
    return;
  }
  states.push_back({.exists = true,
                    .id = found->id,
                    .logs = found->partitions,
                    .partition_count = static_cast<std::uint32_t>(found->partitions.size()),
                    .retention_bytes = found->settings.retention_bytes});
}

void Ledger::check_topic(const std::string& name, const core::Topic* found) {
  find_topic(name, found);
  auto& states = topics_[name];
  states.erase(states.begin(), states.end() - 1);
}

void Ledger::check_group_offset(const std::string& group, std::optional<std::int64_t> found) {
  const GroupOffsetLedger& ledger = group_offsets_[group];
  const std::int64_t value = found.value_or(0);
  if (value < ledger.acknowledged || value > ledger.attempted) {
    violation(fmt::format("group {}: offset {}, expected from {} (acknowledged) to {} (attempted)",
                          group, value, ledger.acknowledged, ledger.attempted));
  }
}

void Ledger::got_producer_id(ProducerId id) {
  if (!producer_ids_.insert(id).second)
    violation(fmt::format("producer id {} was given out twice", id.value()));
}

}  // namespace koine::simulation
