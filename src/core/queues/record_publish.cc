#include "core/queues/record_publish.h"

#include <algorithm>
#include <utility>

#include "core/engine_logs.h"

namespace koine::core {

void RecordPublish::clear() {
  drafts_.clear();
  ready_.clear();
  entries_.clear();
}

RecordPublish::Draft* RecordPublish::draft_for(LogId target, const Find& find) {
  const auto known = std::ranges::find_if(
      drafts_, [&](const Draft& draft) { return draft.partition->log_id() == target; });
  if (known != drafts_.end()) return &*known;
  auto partition = find(target);
  if (partition == nullptr || partition->is_removed()) return nullptr;
  return &drafts_.emplace_back(Draft{.partition = std::move(partition), .builder = {}});
}

Result<> RecordPublish::add(const PublishBatch& batch, const PublishBatch::Item& item,
                            const Find& find) {
  for (const LogId target : batch.targets_of(item)) {
    if (is_queue_log(target)) continue;
    Draft* draft = draft_for(target, find);
    if (draft == nullptr) continue;
    TRY(const auto message, decode_message(batch.bytes().subspan(item.position, item.size)));
    const std::int32_t most = draft->partition->topic().settings.message_bytes_max;
    const std::size_t size = draft->builder.size() + estimated_record_size(message);
    const bool is_full = size > static_cast<std::size_t>(most);
    if (is_full && draft->builder.record_count() > 0) TRY(finish(*draft));
    TRY(const NewRecord record, record_.make(message));
    draft->builder.add(record);
  }
  return {};
}

Result<std::span<const journal::Append>> RecordPublish::plan(
    const PublishBatch& batch, QueuePublish::Range range, std::span<const std::uint32_t> rejected,
    WallTimeMs now_ms, const Find& find) {
  clear();
  now_ms_ = now_ms;
  if (!batch.has_partitions()) return entries_;
  for (std::size_t number = range.from; number < range.to; ++number) {
    const PublishBatch::Item& item = batch.items()[number];
    const bool is_rejected = !rejected.empty() && std::ranges::binary_search(rejected, number);
    if (is_rejected && item.refusal == Refusal::of_all) continue;
    TRY(add(batch, item, find));
  }
  return entries();
}

// The base offset comes behind those that the same partition has got since clear().
Result<> RecordPublish::finish(Draft& draft) {
  Offset base = draft.partition->next_offset();
  for (const Ready& before : ready_) {
    if (before.partition == draft.partition) base = base + std::int64_t{before.record_count};
  }
  const auto count = static_cast<std::uint32_t>(draft.builder.record_count());
  TRY(Bytes built, draft.builder.build(
                       {.base_offset = base,
                        .leader_epoch = partition_leader_epoch,
                        .timestamp_source = draft.partition->topic().settings.timestamp_source}));
  ready_.push_back(
      {.partition = draft.partition, .batch = std::move(built), .record_count = count});
  return {};
}

Result<std::span<const journal::Append>> RecordPublish::entries() {
  for (Draft& draft : drafts_) {
    if (draft.builder.record_count() > 0) TRY(finish(draft));
  }
  for (Ready& ready : ready_) {
    ready.part = {.bytes = ready.batch.view(), .crc = std::nullopt};
    entries_.push_back({.log = ready.partition->log(),
                        .record_count = ready.record_count,
                        .timestamp_max = now_ms_,
                        .body = {&ready.part, 1},
                        .also = {}});
  }
  return entries_;
}

}  // namespace koine::core
