#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "journal/index_cursor.h"
#include "journal/shard_journal.h"

namespace koine::journal {
namespace {

// Bounds the memory of one answer: refs of the smallest entries.
constexpr std::size_t entries_max = 16'384;

// How many blocks a reader of cold data finds on their way ahead of it.
constexpr std::uint32_t blocks_ahead = 2;

Offset end_of(const IndexItem& item) { return item.base_offset + std::int64_t{item.record_count}; }

}  // namespace

struct ShardJournal::Found {
  std::vector<EntryRef> entries;
  std::size_t bytes = 0;
  bool cold = false;

  // False: enough.
  bool add(const std::shared_ptr<Chunk>& chunk, const IndexItem& item, std::size_t bytes_max) {
    if (!entries.empty() && (bytes + item.body_size > bytes_max || entries.size() == entries_max))
      return false;
    entries.push_back({chunk, item});
    bytes += item.body_size;
    return bytes < bytes_max;
  }
  bool is_full(std::size_t bytes_max) const {
    return bytes >= bytes_max || entries.size() == entries_max;
  }
};

void ShardJournal::add_open_entries(const Log& log, Offset from, std::size_t bytes_max,
                                    Found& found) const {
  const auto& items = log.open_items();
  auto item =
      std::ranges::partition_point(items, [&](const IndexItem& i) { return end_of(i) <= from; });
  for (; item != items.end() && item->base_offset < log.committed_offset(); ++item) {
    if (!found.add(tail_.chunk(), *item, bytes_max)) return;
  }
}

Task<Result<bool>> ShardJournal::add_sealed_entries(Extent extent, Offset from,
                                                    std::size_t bytes_max, Found& found) {
  found.cold = true;
  IndexCursor cursor(reader_, extent);
  CO_TRY(auto n, co_await cursor.first_ending_after(from));
  for (; n < cursor.count(); ++n) {
    CO_TRY(const auto item, co_await cursor.at(n));
    if (!found.add(extent.chunk, item, bytes_max)) co_return false;
  }
  co_return true;
}

Task<Result<std::vector<EntryRef>>> ShardJournal::find_entries(LogId id, Offset from,
                                                               std::size_t bytes_max) {
  Found found;
  Offset at = from;
  while (true) {
    // Looked up again after every wait: the log may have been trimmed, sealed or dropped.
    const Log* log = logs_.find(id);
    if (log == nullptr)
      co_return fail(ErrorCode::not_found, fmt::format("no log {:#x}", id.value()));
    if (at < log->start_offset() || at > log->committed_offset()) {
      if (!found.entries.empty()) break;
      co_return fail(ErrorCode::out_of_range,
                     fmt::format("offset {} is outside {} to {}", from.value(),
                                 log->start_offset().value(), log->committed_offset().value()));
    }
    const auto extent = std::ranges::partition_point(
        log->extents(), [&](const Extent& e) { return e.end_offset <= at; });
    if (extent == log->extents().end()) {
      add_open_entries(*log, at, bytes_max, found);
      break;
    }
    const Offset end = extent->end_offset;
    CO_TRY(const bool all, co_await add_sealed_entries(*extent, at, bytes_max, found));
    if (!all || found.is_full(bytes_max)) break;
    at = end;
  }
  if (found.cold) CO_TRY(co_await load_bodies(id, found.entries));
  co_return std::move(found.entries);
}

Task<Result<>> ShardJournal::load_bodies(LogId log, std::vector<EntryRef>& entries) {
  std::optional<BlockKey> there;  // of the entry before: neighbours are in the same one
  for (std::size_t n = 0; n < entries.size(); ++n) {
    const EntryRef entry = entries[n];
    if (!entry.chunk->footer) break;
    const std::uint32_t first = entry.item.body_position / block_size;
    const std::uint32_t last = (entry.item.body_position + entry.item.body_size - 1) / block_size;
    for (std::uint32_t index = first; index <= last; ++index) {
      const BlockKey key{entry.chunk->sequence(), index};
      if (std::exchange(there, key) == key) continue;
      const bool is_there = cache_.contains(key);
      // Who comes from the block before goes on to the next ones.
      if (!is_there || (index > 0 && cache_.contains({key.chunk, index - 1}))) {
        for (std::uint32_t ahead = 1; ahead <= blocks_ahead; ++ahead)
          reader_.prefetch(entry.chunk, index + ahead);
      }
      if (is_there) continue;
      auto loaded = co_await reader_.load(entry.chunk, index);
      if (!loaded) co_return fail(std::move(loaded).error());
    }
    if (!entry.chunk->damaged_bodies.contains(entry.item.body_position)) continue;
    if (n == 0) {
      co_return fail(ErrorCode::corrupt,
                     fmt::format("log {:#x}: the entry at offset {} is damaged in {}", log.value(),
                                 entry.item.base_offset.value(), entry.chunk->path()));
    }
    entries.resize(n);
  }
  co_return Result<>{};
}

Task<Result<std::optional<EntryRef>>> ShardJournal::find_by_time_in(Extent extent, Offset start,
                                                                    WallTimeMs timestamp) {
  IndexCursor cursor(reader_, extent);
  CO_TRY(auto n, co_await cursor.first_ending_after(start));
  for (; n < cursor.count(); ++n) {
    CO_TRY(const auto item, co_await cursor.at(n));
    if (item.timestamp_max >= timestamp) co_return EntryRef{extent.chunk, item};
  }
  co_return std::nullopt;
}

Task<Result<std::optional<EntryRef>>> ShardJournal::find_by_time(LogId id, WallTimeMs timestamp) {
  Offset at{0};
  while (true) {
    const Log* log = logs_.find(id);
    if (log == nullptr)
      co_return fail(ErrorCode::not_found, fmt::format("no log {:#x}", id.value()));
    at = std::max(at, log->start_offset());
    const auto extent = std::ranges::find_if(log->extents(), [&](const Extent& e) {
      return e.end_offset > at && e.timestamp_max >= timestamp;
    });
    if (extent == log->extents().end()) {
      for (const IndexItem& item : log->open_items()) {
        if (item.base_offset >= log->committed_offset()) break;
        if (end_of(item) > at && item.timestamp_max >= timestamp)
          co_return EntryRef{tail_.chunk(), item};
      }
      co_return std::nullopt;
    }
    const Offset end = extent->end_offset;
    CO_TRY(const auto found, co_await find_by_time_in(*extent, at, timestamp));
    if (found) co_return found;
    at = end;
  }
}

std::optional<Bytes> ShardJournal::cached(const EntryRef& entry, std::uint32_t offset_in_body) {
  CHECK(offset_in_body < entry.item.body_size);
  const std::uint32_t position = entry.item.body_position + offset_in_body;
  const auto block = cache_.find({entry.chunk->sequence(), position / block_size});
  if (!block) return std::nullopt;
  const std::uint32_t in_block = position % block_size;
  const std::uint32_t size = std::min(entry.item.body_size - offset_in_body, block_size - in_block);
  return Block::slice(block, in_block, size);
}

Task<Result<Bytes>> ShardJournal::load(EntryRef entry, std::uint32_t offset_in_body) {
  if (auto bytes = cached(entry, offset_in_body)) co_return std::move(*bytes);
  watch_for_idleness();
  const std::uint32_t position = entry.item.body_position + offset_in_body;
  CO_TRY(const auto block, co_await reader_.load(entry.chunk, position / block_size));
  const std::uint32_t in_block = position % block_size;
  const std::uint32_t size = std::min(entry.item.body_size - offset_in_body, block_size - in_block);
  co_return Block::slice(block, in_block, size);
}

}  // namespace koine::journal
