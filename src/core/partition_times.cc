// Partition's lookups by time: the journal finds the batch, the records in it decide.

#include <algorithm>
#include <utility>

#include "core/partition.h"

namespace koine::core {
namespace {

// What one lookup may decompress; a batch that becomes larger is answered with its first offset.
constexpr std::size_t decompressed_bytes_max = 32 * MiB;
// How much of the log one step of a search covers: its index, not its records, is read.
constexpr std::size_t search_step_bytes = 64 * MiB;

struct Wanted {
  Offset start;  // earlier records are deleted
  WallTimeMs timestamp = 0;
};

// The first record that is wanted; nullopt if there is none. Errors: those of RecordReader.
Result<std::optional<FoundTime>> scan(ByteView batch, const Wanted& wanted) {
  TRY(auto reader, RecordReader::open(batch, decompressed_bytes_max));
  while (true) {
    TRY(const auto record, reader.next());
    if (!record) return std::nullopt;
    if (record->offset >= wanted.start && record->timestamp >= wanted.timestamp) {
      return FoundTime{.offset = record->offset, .timestamp = record->timestamp};
    }
  }
}

}  // namespace

Task<Result<std::optional<FoundTime>>> Partition::find_in_entry(journal::EntryRef entry,
                                                                WallTimeMs timestamp) {
  CO_TRY(const Bytes batch, co_await journal::load_whole(journal_, entry));
  CO_TRY(still_there());
  const Wanted wanted{.start = start_offset(), .timestamp = timestamp};
  if (auto found = scan(batch.view(), wanted)) co_return *found;
  // Records that can't be read (the batch was stored as it came): the batch as a whole is the answer.
  co_return FoundTime{.offset = std::max(entry.item.base_offset, wanted.start),
                      .timestamp = entry.item.timestamp_max};
}

Task<Result<std::optional<journal::EntryRef>>> Partition::next_entry_with(Offset from,
                                                                          WallTimeMs timestamp) {
  while (from < high_watermark()) {
    from = std::max(from, start_offset());
    CO_TRY(const auto entries, co_await journal_.find_entries(log_id_, from, search_step_bytes));
    CO_TRY(still_there());
    if (entries.empty()) break;
    for (const journal::EntryRef& entry : entries) {
      if (entry.item.timestamp_max >= timestamp) co_return entry;
    }
    const journal::IndexItem& last = entries.back().item;
    from = last.base_offset + last.record_count;
  }
  co_return std::nullopt;
}

Task<Result<std::optional<FoundTime>>> Partition::find_by_time(WallTimeMs timestamp) {
  CO_TRY(still_there());
  CO_TRY(auto entry, co_await journal_.find_by_time(log_id_, timestamp));
  CO_TRY(still_there());
  while (entry) {
    const Offset end = entry->item.base_offset + entry->item.record_count;
    CO_TRY(const auto found, co_await find_in_entry(*entry, timestamp));
    if (found) co_return found;
    // Its records with that time were deleted, or its header promised one that is not there.
    CO_TRY(entry, co_await next_entry_with(end, timestamp));
  }
  co_return std::nullopt;
}

// An upper bound of every kept batch's largest timestamp: a first extent that is partly deleted counts whole.
WallTimeMs Partition::largest_timestamp_known() const {
  WallTimeMs largest = largest_timestamp_certain();
  if (!log_->extents().empty()) largest = std::max(largest, log_->extents().front().timestamp_max);
  return largest;
}

// A timestamp that some kept batch has; -1 if it takes a search to know one.
WallTimeMs Partition::largest_timestamp_certain() const {
  WallTimeMs largest = -1;
  const auto& extents = log_->extents();
  for (std::size_t n = 1; n < extents.size(); ++n)
    largest = std::max(largest, extents[n].timestamp_max);
  for (const journal::IndexItem& item : log_->open_items()) {
    const Offset end = item.base_offset + item.record_count;
    if (end > log_->start_offset() && end <= log_->committed_offset()) {
      largest = std::max(largest, item.timestamp_max);
    }
  }
  return largest;
}

Task<Result<std::optional<journal::EntryRef>>> Partition::find_largest_entry() {
  const WallTimeMs certain = largest_timestamp_certain();
  CO_TRY(auto best, co_await journal_.find_by_time(log_id_, largest_timestamp_known()));
  if (best) co_return best;
  CO_TRY(best, co_await journal_.find_by_time(log_id_, certain));
  while (best) {
    CO_TRY(auto larger, co_await journal_.find_by_time(log_id_, best->item.timestamp_max + 1));
    if (!larger) break;
    best = std::move(larger);
  }
  co_return best;
}

Task<Result<std::optional<FoundTime>>> Partition::find_largest_timestamp() {
  CO_TRY(still_there());
  if (start_offset() == high_watermark()) co_return std::nullopt;
  CO_TRY(auto entry, co_await find_largest_entry());
  CO_TRY(still_there());
  if (!entry) co_return std::nullopt;
  const journal::IndexItem item = entry->item;
  CO_TRY(const auto found, co_await find_in_entry(*entry, item.timestamp_max));
  if (found) co_return found;
  // The record was deleted, or the batch's header promised one that is not there.
  co_return FoundTime{.offset = std::max(item.base_offset, start_offset()),
                      .timestamp = item.timestamp_max};
}

}  // namespace koine::core
