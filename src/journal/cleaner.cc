#include "journal/cleaner.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "io/delay.h"
#include "journal/entry_window.h"
#include "journal/index_cursor.h"

namespace koine::journal {
namespace {

// 32 MiB a second: a small share of what any disk can do.
constexpr std::uint64_t bytes_between_pauses = block_size;
constexpr Duration pause = std::chrono::milliseconds(8);
// What a read costs, however little it brings.
constexpr std::uint64_t read_cost_bytes_min = 16 * KiB;

// Many files cost as well, but copying the same entries again and again costs more.
constexpr std::size_t small_chunks_min = 8;

// A copy that would be larger than this many times what it replaces is not made only to have fewer files: the estimate is
// about right, so entries are shared by logs there.
constexpr double growth_max = 1.25;

// What a chunk holds besides its entries, rounded up: below it there is nothing to gain.
constexpr std::uint64_t chunk_overhead_bytes = 32 * KiB;
constexpr std::uint64_t entry_overhead_bytes =
    entry_header_size + entry_alignment / 2 + index_item_size;

Offset end_of(const IndexItem& item) { return item.base_offset + std::int64_t{item.record_count}; }

// By the share of its records, so that nothing has to be read.
std::uint64_t live_bytes(const Extent& extent, std::uint64_t needed_records) {
  const std::uint64_t bytes = extent.body_bytes + extent.index_count * entry_overhead_bytes;
  // More is needed than there is where records were lost.
  if (needed_records >= extent.record_count) return bytes;
  return static_cast<std::uint64_t>(static_cast<double>(bytes) *
                                    static_cast<double>(needed_records) /
                                    static_cast<double>(extent.record_count));
}

Extent extent_of(const std::vector<IndexItem>& items, std::shared_ptr<Chunk> chunk,
                 std::uint32_t index_position) {
  Extent extent{.chunk = std::move(chunk),
                .base_offset = items.front().base_offset,
                .end_offset = end_of(items.back()),
                .timestamp_max = items.front().timestamp_max,
                .index_position = index_position,
                .index_count = static_cast<std::uint32_t>(items.size())};
  for (const IndexItem& item : items) {
    extent.timestamp_max = std::max(extent.timestamp_max, item.timestamp_max);
    extent.body_bytes += item.body_size;
    extent.record_count += item.record_count;
  }
  return extent;
}

}  // namespace

Task<void> Cleaner::run() {
  while (!journal_.closing_) {
    const auto cleaned = co_await clean_once();
    if (!cleaned && cleaned.error().code() != ErrorCode::closed) {
      journal_.notice(fmt::format("old chunks were not cleaned: {}", cleaned.error().to_string()));
      // A chunk that can't be read is left out at once; what else failed may work after the next checkpoint.
      if (cleaned.error().code() == ErrorCode::corrupt) continue;
      quiet_until_ = journal_.next_checkpoint_ + 1;
    }
    if (cleaned && *cleaned) continue;
    if (!journal_.closing_) co_await journal_.reclaim_wanted_.wait();
  }
}

Task<Result<bool>> Cleaner::clean_once() {
  auto moves = plan(choose());
  if (moves.empty()) co_return false;
  // Never the same twice: the epoch's high half counts openings.
  constexpr std::uint64_t openings_mask = (std::uint64_t{1} << 31U) - 1;
  const std::uint64_t opening = (journal_.identity_.epoch >> 32U) & openings_mask;
  const ChunkIdentity identity{.journal = journal_.identity_.journal,
                               .sequence = first_cleaned_chunk | (opening << 32U) | ++begun_};
  CleanedWriter writer(journal_.disk_, journal_.options_.directory, identity,
                       journal_.identity_.epoch);
  auto copied = co_await copy(moves, writer);
  if (!copied) {
    co_await writer.abandon();
    co_return fail(std::move(copied).error());
  }
  const std::uint32_t bytes = writer.position() - chunk_header_size;
  std::vector<std::byte> index;
  for (const Move& move : moves) {
    for (const IndexItem& item : move.items) {
      index.resize(index.size() + index_item_size);
      encode_index_item(item, index.data() + index.size() - index_item_size);
    }
  }
  auto chunk = co_await writer.finish(std::move(index));
  if (!chunk) {
    co_await writer.abandon();
    co_return fail(std::move(chunk).error());
  }
  swap(moves, *chunk);
  journal_.statistics_.cleaned_bytes += bytes;
  co_return true;
}

std::vector<Cleaner::Candidate> Cleaner::candidates() const {
  std::unordered_map<const Chunk*, Candidate> found;
  for (const LogId id : journal_.logs_.ids()) {
    const Log& log = *journal_.logs_.find(id);
    for (const Extent& extent : log.extents()) {
      const auto needed = log.needed_records(extent.base_offset, extent.end_offset);
      Candidate& candidate = found[extent.chunk.get()];
      candidate.chunk = extent.chunk;
      candidate.needed_records += needed;
      candidate.live_bytes += live_bytes(extent, needed);
    }
  }
  std::vector<Candidate> candidates;
  for (const auto& [sequence, chunk] : journal_.chunks_) {
    if (chunk->extent_count == 0 || !journal_.is_behind_checkpoints(*chunk) ||
        damaged_.contains(sequence))
      continue;
    candidates.push_back(found[chunk.get()]);
  }
  return candidates;
}

bool Cleaner::is_sparse(const Candidate& candidate) const {
  const Chunk& chunk = *candidate.chunk;
  const auto file_bytes = static_cast<double>(chunk.footer->file_size);
  const bool shrank =
      chunk.needed_when_written == 0 || candidate.needed_records <= chunk.needed_when_written / 2;
  return shrank && static_cast<double>(candidate.live_bytes + chunk_overhead_bytes) <
                       journal_.options_.clean_below_live_share * file_bytes;
}

std::vector<std::shared_ptr<Chunk>> Cleaner::choose() {
  const double share = journal_.options_.clean_below_live_share;
  const std::uint64_t now = journal_.next_checkpoint_;
  if (share <= 0 || now < quiet_until_ || journal_.broken_) return {};
  std::map<std::uint64_t, std::uint64_t> noticed;
  std::vector<Candidate> sparse;
  std::vector<Candidate> small;
  for (const Candidate& candidate : candidates()) {
    const auto file_bytes = static_cast<double>(candidate.chunk->footer->file_size);
    const bool sparse_now = is_sparse(candidate);
    const bool is_small = file_bytes < share * static_cast<double>(journal_.options_.chunk_bytes) &&
                          static_cast<double>(candidate.live_bytes) < growth_max * file_bytes;
    if (!sparse_now && !is_small) continue;
    const std::uint64_t sequence = candidate.chunk->sequence();
    const auto before = noticed_at_.find(sequence);
    noticed[sequence] = before == noticed_at_.end() ? now : before->second;
    if (noticed[sequence] < now) (sparse_now ? sparse : small).push_back(candidate);
  }
  noticed_at_ = std::move(noticed);
  if (small.size() >= small_chunks_min) sparse.insert(sparse.end(), small.begin(), small.end());
  std::ranges::sort(sparse, {}, &Candidate::live_bytes);
  std::vector<std::shared_ptr<Chunk>> chosen;
  std::uint64_t bytes = 0;
  for (const Candidate& candidate : sparse) {
    bytes += candidate.live_bytes;
    if (bytes > journal_.options_.chunk_bytes && !chosen.empty()) break;
    chosen.push_back(candidate.chunk);
  }
  if (chosen.empty()) quiet_until_ = now + 1;
  return chosen;
}

std::vector<Cleaner::Move> Cleaner::plan(const std::vector<std::shared_ptr<Chunk>>& chunks) const {
  std::vector<Move> moves;
  if (chunks.empty()) return moves;
  for (const LogId id : journal_.logs_.ids()) {
    bool continues = false;
    for (const Extent& extent : journal_.logs_.find(id)->extents()) {
      const bool chosen = std::ranges::find(chunks, extent.chunk) != chunks.end();
      if (chosen && !continues) moves.push_back({.log = id, .from = {}, .items = {}});
      if (chosen) moves.back().from.push_back(extent);
      continues = chosen;
    }
  }
  return moves;
}

Task<Result<>> Cleaner::copy(std::vector<Move>& moves, CleanedWriter& writer) {
  CO_TRY(co_await writer.begin());
  for (Move& move : moves) {
    std::size_t copied = 0;
    for (; copied < move.from.size() && writer.position() < journal_.options_.chunk_bytes;
         ++copied) {
      CO_TRY(co_await copy_extent(move, move.from[copied], writer));
    }
    move.from.resize(copied);
  }
  // Also those whose log was trimmed or dropped meanwhile.
  std::erase_if(moves, [](const Move& move) { return move.items.empty(); });
  co_return Result<>{};
}

std::unexpected<Error> Cleaner::leave_alone(const Chunk& chunk, Error error) {
  if (journal_.closing_ || error.code() == ErrorCode::closed) return fail(std::move(error));
  damaged_.insert(chunk.sequence());
  return fail(ErrorCode::corrupt,
              fmt::format("{}; {} is left as it is", error.to_string(), chunk.path()));
}

Task<Result<std::vector<IndexItem>>> Cleaner::live_items(LogId id, Extent extent, Offset start) {
  IndexCursor cursor(journal_.reader_, extent);
  CO_TRY(auto n, co_await cursor.first_ending_after(start));
  std::vector<IndexItem> items;
  for (; n < cursor.count(); ++n) {
    CO_TRY(const auto item, co_await cursor.at(n));
    const Log* log = journal_.logs_.find(id);
    if (log == nullptr) co_return std::vector<IndexItem>{};
    if (log->needed_records(item.base_offset, end_of(item)) > 0) items.push_back(item);
  }
  co_return items;
}

Task<Result<>> Cleaner::copy_extent(Move& move, Extent extent, CleanedWriter& writer) {
  const Log* log = journal_.logs_.find(move.log);
  if (log == nullptr || log->needed_records(extent.base_offset, extent.end_offset) == 0)
    co_return Result<>{};
  auto items = co_await live_items(move.log, extent, log->start_offset());
  if (!items) co_return leave_alone(*extent.chunk, std::move(items).error());
  EntryWindow window(journal_.reader_, extent.chunk, move.log);
  for (std::size_t n = 0; n < items->size(); ++n) {
    const std::uint64_t read_before = window.bytes_read();
    auto entry = co_await window.read(*items, n);
    if (!entry) co_return leave_alone(*extent.chunk, std::move(entry).error());
    IndexItem item = (*items)[n];
    item.body_position = writer.position() + static_cast<std::uint32_t>(entry_header_size);
    item.further_targets = 0;
    CO_TRY(co_await writer.add(entry->header, entry->body));
    move.items.push_back(item);
    if (window.bytes_read() != read_before)
      CO_TRY(co_await keep_pace(window.bytes_read() - read_before));
  }
  co_return Result<>{};
}

Task<Result<>> Cleaner::keep_pace(std::uint64_t bytes) {
  bytes_since_pause_ += std::max(bytes, read_cost_bytes_min);
  if (bytes_since_pause_ >= bytes_between_pauses) {
    const auto pauses = bytes_since_pause_ / bytes_between_pauses;
    bytes_since_pause_ %= bytes_between_pauses;
    co_await io::Delay(journal_.reactor_, journal_.reactor_.now() + pause * pauses);
  }
  if (journal_.closing_ || journal_.broken_)
    co_return fail(ErrorCode::closed, "the journal is closing");
  co_return Result<>{};
}

void Cleaner::swap(const std::vector<Move>& moves, const std::shared_ptr<Chunk>& chunk) {
  journal_.chunks_.emplace(chunk->sequence(), chunk);
  std::uint32_t index_position = chunk->footer->index_position;
  std::set<std::shared_ptr<Chunk>> left;
  for (const Move& move : moves) {
    const Extent extent = extent_of(move.items, chunk, index_position);
    index_position += extent.index_count * index_item_size;
    if (!journal_.logs_.replace(move.log, move.from, extent)) continue;
    chunk->needed_when_written +=
        journal_.logs_.find(move.log)->needed_records(extent.base_offset, extent.end_offset);
    for (const Extent& old : move.from) left.insert(old.chunk);
  }
  for (const auto& old : left) {
    old->listed_before_checkpoint = journal_.next_checkpoint_;
    if (old->extent_count == 0) ++journal_.statistics_.cleaned_chunks;
  }
  // The log may have gone while it was copied.
  if (chunk->extent_count == 0) journal_.reclaim_wanted_.notify_all();
}

}  // namespace koine::journal
