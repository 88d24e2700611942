#include "core/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/idempotency_log.h"
#include "core/topic_bindings.h"

namespace koine::core {

Partition::Partition(runtime::Shard& shard, journal::Journal& journal, journal::Log& log,
                     TopicPtr topic, Producers producers, TopicBindings& bindings)
    : shard_(shard),
      journal_(journal),
      log_(&log),
      log_id_(log.id()),
      topic_(std::move(topic)),
      producers_(std::move(producers)),
      bindings_(bindings),
      line_(shard.reactor()),
      changed_(shard.reactor()) {
  producers_.on_committed(log.committed_offset());
  log.observe(this);
}

Partition::~Partition() {
  if (log_ != nullptr) log_->observe(nullptr);
}

void Partition::mark_removed() {
  if (log_ == nullptr) return;
  log_->observe(nullptr);
  log_ = nullptr;
  in_flight_.clear();
  changed_.notify_all();
}

Result<> Partition::still_there() const {
  if (log_ != nullptr) return {};
  return fail(ErrorCode::not_found, fmt::format("topic {} was deleted", topic_->name));
}

Result<> Partition::check_timestamps(const BatchHeader& batch) const {
  const TopicSettings& settings = topic_->settings;
  constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
  if (settings.timestamp_source == TimestampSource::append) return {};
  if (settings.timestamp_before_max_ms == any && settings.timestamp_after_max_ms == any) return {};
  const WallTimeMs now = shard_.wall_clock_ms();
  for (const WallTimeMs timestamp : {batch.base_timestamp, batch.max_timestamp}) {
    if (timestamp < 0) continue;  // none
    if (now - timestamp > settings.timestamp_before_max_ms ||
        timestamp - now > settings.timestamp_after_max_ms) {
      return fail(ErrorCode::out_of_range,
                  fmt::format("timestamp {} is too far from the clock, {}; topic {} allows {} ms "
                              "before and {} ms after",
                              timestamp, now, topic_->name, settings.timestamp_before_max_ms,
                              settings.timestamp_after_max_ms));
    }
  }
  return {};
}

Task<Result<Appended>> Partition::append(Bytes batch, Keyed keyed) {
  CO_TRY(still_there());
  // Nobody else comes with the key meanwhile.
  if (keyed) {
    if (const auto done = keyed.log->find(*keyed.piece))
      co_return duplicate_of(Offset(done->result));
  }
  const BatchLimits limits{.batch_bytes_max =
                               static_cast<std::size_t>(topic_->settings.message_bytes_max)};
  CO_TRY(const BatchHeader header, verify_batch(batch.view(), limits));
  CO_TRY(check_timestamps(header));
  if (is_bound() || !line_.is_idle())
    co_return co_await append_bound(std::move(batch), header, std::move(keyed));
  if (auto room = co_await journal_.room(); !room) {
    note_refused(header);
    co_return fail(std::move(room).error());
  }
  co_return append_now(batch, header, nullptr, keyed);
}

void Partition::note_refused(const BatchHeader& header) {
  if (!header.has_producer()) return;
  producers_.refused(header.producer_id, header.producer_epoch, header.base_sequence,
                     shard_.wall_clock_ms());
}

Result<Appended> Partition::append_now(const Bytes& batch, const BatchHeader& header,
                                       const PublishBatch* messages, const Keyed& keyed) {
  TRY(still_there());
  if (header.has_producer()) {
    TRY(const auto first, producers_.check(header));
    if (first) return duplicate_of(*first);
  }
  const WallTimeMs now = shard_.wall_clock_ms();
  Appended appended{.base_offset = log_->next_offset()};
  if (topic_->settings.timestamp_source == TimestampSource::append) appended.append_time_ms = now;
  TRY(appended.commit, append_to_journal(batch, header, messages, keyed, now));
  if (header.has_producer()) {
    producers_.record(header, appended.base_offset, now);
    in_flight_.push_back({appended.base_offset, appended.commit});
  }
  return appended;
}

Result<std::shared_ptr<journal::Commit>> Partition::append_to_journal(const Bytes& batch,
                                                                      const BatchHeader& header,
                                                                      const PublishBatch* messages,
                                                                      const Keyed& keyed,
                                                                      WallTimeMs now_ms) {
  const ByteView bytes = batch.view();
  journal::Append entry{
      .log = log_,
      .record_count = static_cast<std::uint32_t>(header.record_count),
      // Records without a timestamp count as written now, or retention would take them at once.
      .timestamp_max = header.max_timestamp < 0 ? now_ms : header.max_timestamp,
      .body = {}};
  if (topic_->settings.timestamp_source == TimestampSource::append) {
    const auto start = stored_header_at(bytes, log_->next_offset(), partition_leader_epoch, now_ms);
    const std::array<journal::Part, 2> parts = {
        journal::Part{.bytes = start, .crc = std::nullopt},
        journal::Part{.bytes = bytes.subspan(start.size()), .crc = records_crc(bytes)}};
    entry.timestamp_max = now_ms;
    entry.body = parts;
    return append_entry(entry, messages, keyed);
  }
  const auto start = stored_prefix(bytes, log_->next_offset(), partition_leader_epoch);
  const std::array<journal::Part, 2> parts = {
      journal::Part{.bytes = start, .crc = std::nullopt},
      journal::Part{.bytes = bytes.subspan(start.size()), .crc = header.crc}};
  entry.body = parts;
  return append_entry(entry, messages, keyed);
}

Result<std::shared_ptr<journal::Commit>> Partition::append_entry(const journal::Append& entry,
                                                                 const PublishBatch* messages,
                                                                 const Keyed& keyed) {
  const auto append = [&](std::span<const journal::Append> entries) {
    if (messages == nullptr) return journal_.append(entries);
    return bindings_.append(entries, *messages);
  };
  if (!keyed) return append({&entry, 1});
  const auto record = keyed.log->entry_of(*keyed.piece, log_->next_offset().value());
  TRY(auto commit, append(std::array{entry, record->append()}));
  keyed.log->appended(*record);
  return commit;
}

Appended Partition::duplicate_of(Offset first) const {
  Appended appended{
      .base_offset = first, .append_time_ms = -1, .commit = nullptr, .is_duplicate = true};
  const auto at = std::ranges::find(in_flight_, first, &InFlight::base_offset);
  if (at != in_flight_.end()) appended.commit = at->commit;
  return appended;
}

void Partition::on_committed(Offset committed) {
  producers_.on_committed(committed);
  const auto durable = std::ranges::lower_bound(in_flight_, committed, {}, &InFlight::base_offset);
  in_flight_.erase(in_flight_.begin(), durable);
  changed_.notify_all();
}

void Partition::on_rolled_back(Offset committed) {
  producers_.roll_back(committed);
  std::erase_if(in_flight_, [&](const InFlight& batch) { return batch.base_offset >= committed; });
}

Task<Result<std::vector<journal::EntryRef>>> Partition::read(Offset from, std::size_t bytes_max) {
  CO_TRY(still_there());
  if (from < start_offset() || from > high_watermark()) {
    co_return fail(ErrorCode::out_of_range,
                   fmt::format("offset {}; topic {} has {} to {} there", from.value(), topic_->name,
                               start_offset().value(), high_watermark().value()));
  }
  if (from == high_watermark()) co_return std::vector<journal::EntryRef>{};
  auto entries = co_await journal_.find_entries(log_id_, from, bytes_max);
  CO_TRY(still_there());
  co_return entries;
}

Task<Result<>> Partition::trim_to(Offset start) {
  CO_TRY(co_await journal_.room());
  CO_TRY(still_there());
  if (start <= start_offset()) co_return Result<>{};
  CO_TRY(auto commit, journal_.trim(*log_, start));
  const auto outcome = co_await journal::done(std::move(commit));
  changed_.notify_all();
  co_return outcome;
}

Task<Result<Offset>> Partition::delete_records(Offset start) {
  CO_TRY(still_there());
  if (start > high_watermark() || start < Offset{0}) {
    co_return fail(ErrorCode::out_of_range,
                   fmt::format("records below {} can't be deleted; the high watermark is {}",
                               start.value(), high_watermark().value()));
  }
  if (start > start_offset()) CO_TRY(co_await trim_to(start));
  CO_TRY(still_there());
  co_return start_offset();
}

Task<Result<>> Partition::enforce_retention() {
  CO_TRY(still_there());
  const TopicSettings& settings = topic_->settings;
  Offset start = start_offset();
  if (settings.retention_ms != unlimited) {
    start = std::max(start, start_by_time(shard_.wall_clock_ms() - settings.retention_ms));
  }
  if (settings.retention_bytes != unlimited) {
    start = std::max(start, start_by_bytes(static_cast<std::uint64_t>(settings.retention_bytes)));
  }
  if (start > start_offset()) CO_TRY(co_await trim_to(start));
  co_return Result<>{};
}

// Everything before the first extent or batch that has a record from `oldest_ms` on.
Offset Partition::start_by_time(WallTimeMs oldest_ms) const {
  Offset start = log_->start_offset();
  for (const journal::Extent& extent : log_->extents()) {
    if (extent.timestamp_max >= oldest_ms) return start;
    start = extent.end_offset;
  }
  for (const journal::IndexItem& item : log_->open_items()) {
    const Offset end = item.base_offset + item.record_count;
    if (item.timestamp_max >= oldest_ms || end > log_->committed_offset()) return start;
    start = end;
  }
  return start;
}

// As many of the first extents and batches as can go while `bytes_max` or more stay, of those that are durable.
Offset Partition::start_by_bytes(std::uint64_t bytes_max) const {
  Offset start = log_->start_offset();
  std::uint64_t kept = log_->body_bytes();
  for (const journal::IndexItem& item : log_->open_items()) {
    if (item.base_offset >= log_->committed_offset()) kept -= item.body_size;
  }
  for (const journal::Extent& extent : log_->extents()) {
    if (kept < bytes_max + extent.body_bytes) return start;
    kept -= extent.body_bytes;
    start = extent.end_offset;
  }
  for (const journal::IndexItem& item : log_->open_items()) {
    const Offset end = item.base_offset + item.record_count;
    if (kept < bytes_max + item.body_size || end > log_->committed_offset()) return start;
    kept -= item.body_size;
    start = end;
  }
  return start;
}

}  // namespace koine::core
