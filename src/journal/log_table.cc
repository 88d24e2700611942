#include "journal/log_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace koine::journal {
namespace {

Offset end_of(const IndexItem& item) { return item.base_offset + std::int64_t{item.record_count}; }

// The smallest extent that a checkpoint can hold, for checking counts.
constexpr std::size_t extent_bytes_min = 56;
constexpr std::size_t log_bytes_min = 28;

}  // namespace

Log* LogTable::find(LogId id) {
  const auto found = logs_.find(id);
  return found == logs_.end() ? nullptr : found->second.get();
}

Log& LogTable::ensure(LogId id) {
  auto& log = logs_[id];
  if (!log) log = std::make_unique<Log>(id);
  return *log;
}

std::vector<LogId> LogTable::ids() const {
  std::vector<LogId> ids;
  ids.reserve(logs_.size());
  for (const auto& [id, log] : logs_) ids.push_back(id);
  std::ranges::sort(ids);
  return ids;
}

void LogTable::append(Log& log, IndexItem item) {
  item.base_offset = log.next_;
  log.next_ = end_of(item);
  log.open_items_.push_back(item);
}

void LogTable::commit(Log& log, Offset up_to) {
  CHECK(up_to <= log.next_);
  if (up_to <= log.committed_) return;
  log.committed_ = up_to;
  if (log.observer_ != nullptr) log.observer_->on_committed(up_to);
}

void LogTable::roll_back(Log& log) {
  log.next_ = log.committed_;
  while (!log.open_items_.empty() && log.open_items_.back().base_offset >= log.committed_) {
    log.open_items_.pop_back();
  }
  if (log.observer_ != nullptr) log.observer_->on_rolled_back(log.committed_);
}

void LogTable::skip_to(Log& log, Offset next) {
  CHECK(next >= log.next_);
  log.next_ = next;
}

void LogTable::release(const Extent& extent) {
  CHECK(extent.chunk->extent_count > 0);
  --extent.chunk->extent_count;
  extent.chunk->extent_bytes -= extent.body_bytes;
}

void LogTable::trim(Log& log, Offset start) {
  if (start <= log.start_) return;
  log.start_ = start;
  const auto kept =
      std::ranges::find_if(log.extents_, [&](const Extent& e) { return e.end_offset > start; });
  std::for_each(log.extents_.begin(), kept, release);
  log.extents_.erase(log.extents_.begin(), kept);
  const auto kept_item =
      std::ranges::find_if(log.open_items_, [&](const IndexItem& i) { return end_of(i) > start; });
  log.open_items_.erase(log.open_items_.begin(), kept_item);
}

void LogTable::drop(LogId id) {
  const auto found = logs_.find(id);
  if (found == logs_.end()) return;
  std::ranges::for_each(found->second->extents_, release);
  logs_.erase(found);
}

std::vector<Log*> LogTable::logs_with_open_items() const {
  std::vector<Log*> logs;
  for (const auto& [id, log] : logs_) {
    if (!log->open_items_.empty()) logs.push_back(log.get());
  }
  std::ranges::sort(logs, {}, [](const Log* log) { return log->id(); });
  return logs;
}

std::vector<std::byte> LogTable::encode_open_index() const {
  const auto logs = logs_with_open_items();
  std::size_t count = 0;
  for (const Log* log : logs) count += log->open_items_.size();
  std::vector<std::byte> bytes(count * index_item_size);
  std::byte* at = bytes.data();
  for (const Log* log : logs) {
    for (const IndexItem& item : log->open_items_) {
      encode_index_item(item, at);
      at += index_item_size;
    }
  }
  return bytes;
}

void LogTable::seal_open(const std::shared_ptr<Chunk>& chunk, std::uint32_t index_position) {
  for (Log* log : logs_with_open_items()) {
    CHECK(log->committed_ == log->next_);
    Extent extent{.chunk = chunk,
                  .base_offset = log->open_items_.front().base_offset,
                  .end_offset = end_of(log->open_items_.back()),
                  .timestamp_max = log->open_items_.front().timestamp_max,
                  .index_position = index_position,
                  .index_count = static_cast<std::uint32_t>(log->open_items_.size())};
    for (const IndexItem& item : log->open_items_) {
      extent.timestamp_max = std::max(extent.timestamp_max, item.timestamp_max);
      extent.body_bytes += item.body_size;
      extent.record_count += item.record_count;
    }
    index_position += extent.index_count * index_item_size;
    ++chunk->extent_count;
    chunk->extent_bytes += extent.body_bytes;
    log->open_items_ = {};
    log->extents_.push_back(std::move(extent));
  }
}

bool LogTable::replace(LogId id, std::span<const Extent> old, const Extent& replacement) {
  Log* log = find(id);
  if (log == nullptr) return false;
  const auto is_old = [&](const Extent& extent) {
    return std::ranges::any_of(old, [&](const Extent& o) {
      return o.chunk == extent.chunk && o.index_position == extent.index_position;
    });
  };
  const auto first = std::ranges::find_if(log->extents_, is_old);
  if (first == log->extents_.end()) return false;
  const auto last = std::find_if_not(first, log->extents_.end(), is_old);
  std::for_each(first, last, release);
  ++replacement.chunk->extent_count;
  replacement.chunk->extent_bytes += replacement.body_bytes;
  *first = replacement;
  log->extents_.erase(first + 1, last);
  return true;
}

void LogTable::forget_state_entries() {
  for (const auto& [id, log] : logs_) {
    if (log->is_state()) trim(*log, log->committed_);
  }
}

void LogTable::forget_unneeded(std::uint64_t checkpoint) {
  for (const auto& [id, log] : logs_) {
    if (log->observer_ == nullptr) continue;
    std::erase_if(log->extents_, [&](const Extent& extent) {
      if (log->needed_records(extent.base_offset, extent.end_offset) > 0) return false;
      release(extent);
      extent.chunk->listed_before_checkpoint = checkpoint;
      return true;
    });
  }
}

void LogTable::save(FieldWriter& writer) const {
  writer.number(static_cast<std::uint32_t>(logs_.size()));
  for (const LogId id : ids()) {
    const Log& log = *logs_.at(id);
    writer.number(id.value());
    writer.number(log.start_.value());
    writer.number(log.committed_.value());
    writer.number(static_cast<std::uint32_t>(log.extents_.size()));
    for (const Extent& extent : log.extents_) {
      writer.number(extent.chunk->sequence());
      writer.number(extent.base_offset.value());
      writer.number(extent.end_offset.value());
      writer.number(extent.timestamp_max);
      writer.number(extent.body_bytes);
      writer.number(extent.record_count);
      writer.number(extent.index_position);
      writer.number(extent.index_count);
    }
  }
}

namespace {

Result<Extent> restore_extent(FieldReader& reader, const ChunkMap& chunks) {
  Extent extent;
  TRY(const auto sequence, reader.number<std::uint64_t>());
  const auto chunk = chunks.find(sequence);
  if (chunk == chunks.end())
    return fail(ErrorCode::corrupt, fmt::format("an extent in unknown chunk {}", sequence));
  extent.chunk = chunk->second;
  TRY(const auto base, reader.number<std::int64_t>());
  TRY(const auto end, reader.number<std::int64_t>());
  extent.base_offset = Offset(base);
  extent.end_offset = Offset(end);
  TRY(extent.timestamp_max, reader.number<std::int64_t>());
  TRY(extent.body_bytes, reader.number<std::uint64_t>());
  TRY(extent.record_count, reader.number<std::uint64_t>());
  TRY(extent.index_position, reader.number<std::uint32_t>());
  TRY(extent.index_count, reader.number<std::uint32_t>());
  ++extent.chunk->extent_count;
  extent.chunk->extent_bytes += extent.body_bytes;
  return extent;
}

}  // namespace

Result<> LogTable::restore(FieldReader& reader, const ChunkMap& chunks) {
  TRY(const auto log_count, reader.count(log_bytes_min));
  for (std::uint32_t i = 0; i < log_count; ++i) {
    TRY(const auto id, reader.number<std::uint64_t>());
    Log& log = ensure(LogId(id));
    TRY(const auto start, reader.number<std::int64_t>());
    TRY(const auto next, reader.number<std::int64_t>());
    log.start_ = Offset(start);
    log.committed_ = log.next_ = Offset(next);
    TRY(const auto extent_count, reader.count(extent_bytes_min));
    log.extents_.reserve(extent_count);
    for (std::uint32_t n = 0; n < extent_count; ++n) {
      TRY(auto extent, restore_extent(reader, chunks));
      log.extents_.push_back(std::move(extent));
    }
  }
  return {};
}

}  // namespace koine::journal
