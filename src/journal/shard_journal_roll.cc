#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/crc32c.h"
#include "journal/cleaner.h"
#include "journal/shard_journal.h"

namespace koine::journal {
namespace {

constexpr std::string_view next_chunk_name = "next-chunk.new";
// A checkpoint is written when so many times its size was appended since the last one: it costs a small share
// of the disk's time however many logs there are.
constexpr std::uint64_t checkpoint_size_factor = 4;

}  // namespace

Task<void> ShardJournal::prepare_ahead() {
  preparing_next_ = true;
  // Failing here is not an error yet: roll() tries again and says so.
  const auto prepared = co_await prepare_next_chunk(tail_.chunk()->sequence() + 1);
  static_cast<void>(prepared);
  preparing_next_ = false;
  work_.notify_all();
}

Task<Result<>> ShardJournal::prepare_next_chunk(std::uint64_t sequence) {
  const std::string path = path_of(next_chunk_name);
  if (auto removed = co_await disk_.remove(path);
      !removed && removed.error().code() != ErrorCode::not_found) {
    co_return fail(std::move(removed).error());
  }
  CO_TRY(std::shared_ptr<io::File> file,
         co_await disk_.open(path, io::OpenMode::create, io::Caching::direct));
  const auto header = encode_chunk_header({.journal = identity_.journal, .sequence = sequence});
  Block page;
  std::ranges::copy(header, page.data());
  std::vector<ByteView> parts{ByteView(page.data(), chunk_header_size)};
  CO_TRY(co_await file->write_and_sync(0, std::move(parts)));
  next_file_ = std::move(file);
  co_return Result<>{};
}

Task<Result<>> ShardJournal::begin_next_chunk(std::uint64_t sequence) {
  const std::string path = path_of(chunk_file_name(sequence));
  CO_TRY(co_await disk_.rename(path_of(next_chunk_name), path));
  CO_TRY(co_await disk_.sync_directory(options_.directory));
  auto chunk = std::make_shared<Chunk>(sequence, path);
  chunk->file = std::exchange(next_file_, nullptr);
  const auto header = encode_chunk_header({.journal = identity_.journal, .sequence = sequence});
  continue_chunk(std::move(chunk), chunk_header_size, header, chunk_header_size);
  co_return Result<>{};
}

void ShardJournal::continue_chunk(std::shared_ptr<Chunk> chunk, std::uint32_t position,
                                  ByteView before, std::uint64_t file_size) {
  tail_.start(std::move(chunk), position, before);
  synced_ = position;
  filled_ = static_cast<std::uint32_t>(
      align_up(std::max<std::uint64_t>(position, file_size), io::direct_alignment));
  filling_ahead_ = false;
}

Task<Result<>> ShardJournal::roll() {
  while (preparing_next_) co_await work_.wait();
  const std::uint64_t sequence = tail_.chunk()->sequence() + 1;
  if (!next_file_) CO_TRY(co_await prepare_next_chunk(sequence));
  if (!tail_.chunk()->footer) CO_TRY(co_await seal());
  CO_TRY(co_await begin_next_chunk(sequence));
  roll_requested_ = false;
  // A full chunk is enough, however small the last commit in it was.
  const std::uint64_t due_bytes = std::max(options_.chunk_bytes - chunk_header_size,
                                           checkpoint_size_factor * last_checkpoint_bytes_);
  if (checkpoint_requested_ || bytes_since_checkpoint_ >= due_bytes) capture_checkpoint();
  reclaim_wanted_.notify_all();
  co_return Result<>{};
}

void ShardJournal::write_seal(const ChunkFooter& footer, ByteView index) {
  EntryHeader header;
  header.kind = EntryKind::seal;
  const auto body = footer.encode();
  const std::array<Part, 1> parts{Part{.bytes = body, .crc = std::nullopt}};
  write_entry(header, parts);
  tail_.pad_to(io::direct_alignment);
  CHECK(tail_.end() == footer.index_position);
  tail_.append(index);
}

Task<Result<>> ShardJournal::seal() {
  CHECK(synced_ == tail_.end());
  const auto chunk = tail_.chunk();
  const auto index = logs_.encode_open_index();
  const auto footer = ChunkFooter::behind(tail_.end(), index);
  write_seal(footer, index);
  std::vector<std::uint32_t> checksums = chunk->block_checksums;
  if (footer.table_position % block_size != 0) checksums.push_back(tail_.checksum_of_last_block());
  tail_.append(encode_checksum_table(checksums));
  tail_.pad_to(io::direct_alignment);
  CHECK(tail_.end() == footer.file_size);
  if (auto written = co_await write_tail(tail_.end()); !written) {
    tail_.truncate(synced_);
    ++identity_.epoch;
    co_return fail(std::move(written).error());
  }
  chunk->block_checksums = std::move(checksums);
  chunk->footer = footer;
  logs_.seal_open(chunk, footer.index_position);
  chunks_.emplace(chunk->sequence(), chunk);
  if (filled_ > footer.file_size) CO_TRY(co_await chunk->file->truncate(footer.file_size));
  co_return Result<>{};
}

void ShardJournal::capture_checkpoint() {
  checkpoint_requested_ = false;
  if (writing_checkpoint_) return;
  writing_checkpoint_ = true;
  const auto owner_state = owner_.save();
  logs_.forget_state_entries();
  logs_.forget_unneeded(next_checkpoint_);
  bytes_since_checkpoint_ = 0;
  const std::uint64_t first_chunk = tail_.chunk()->sequence();
  gate_.spawn(write_checkpoint(
      first_chunk, encode_checkpoint(identity_.journal, first_chunk, chunks_, logs_, owner_state)));
}

Task<void> ShardJournal::write_checkpoint(std::uint64_t first_chunk, std::vector<std::byte> bytes) {
  last_checkpoint_bytes_ = bytes.size();
  const std::uint64_t number = next_checkpoint_++;
  auto written = co_await write_file_durably(disk_, options_.directory,
                                             checkpoint_file_name(number), std::move(bytes));
  checkpoint_error_.reset();
  if (written) {
    ++statistics_.checkpoints;
    replay_floor_ = std::exchange(last_checkpoint_floor_, first_chunk);
    oldest_checkpoint_ = std::exchange(last_checkpoint_, number);
    co_await delete_old_checkpoints();
  } else {
    checkpoint_error_ = written.error();
    notice(fmt::format("a checkpoint could not be written: {}", written.error().to_string()));
  }
  writing_checkpoint_ = false;
  checkpoint_written_.notify_all();
  reclaim_wanted_.notify_all();
}

Task<void> ShardJournal::delete_old_checkpoints() {
  constexpr std::uint64_t kept = 2;
  auto entries = co_await disk_.list(options_.directory);
  if (!entries) co_return;
  for (const auto& entry : *entries) {
    const auto number = parse_checkpoint_file_name(entry.name);
    if (!number || *number + kept >= next_checkpoint_) continue;
    // One that stays is looked at again next time.
    const auto removed = co_await disk_.remove(path_of(entry.name));
    static_cast<void>(removed);
  }
}

Task<Result<>> ShardJournal::checkpoint() {
  while (writing_checkpoint_) co_await checkpoint_written_.wait();
  checkpoint_requested_ = true;
  roll_requested_ = true;
  roll_error_.reset();  // of an earlier attempt
  work_.notify_all();
  while (checkpoint_requested_ && !broken_ && !roll_error_) co_await roomy_.wait();
  while (writing_checkpoint_ && !broken_) co_await checkpoint_written_.wait();
  if (broken_) co_return fail(*broken_);
  if (roll_error_) co_return fail(*roll_error_);
  if (checkpoint_error_) co_return fail(*checkpoint_error_);
  co_return Result<>{};
}

Task<void> ShardJournal::reclaim_loop() {
  while (!closing_) {
    co_await reclaim_dead_chunks();
    if (!closing_) co_await reclaim_wanted_.wait();
  }
}

Task<void> ShardJournal::clean_loop() {
  Cleaner cleaner(*this);
  co_await cleaner.run();
}

bool ShardJournal::is_behind_checkpoints(const Chunk& chunk) const {
  // Cleaned chunks are not replayed; until the first checkpoint of this opening, an older one may still need them.
  return is_cleaned(chunk.sequence()) ? replay_floor_ > 0 : chunk.sequence() < replay_floor_;
}

bool ShardJournal::is_dead(const Chunk& chunk) const {
  return chunk.extent_count == 0 && is_behind_checkpoints(chunk) &&
         chunk.listed_before_checkpoint <= oldest_checkpoint_;
}

Task<void> ShardJournal::reclaim_dead_chunks() {
  std::vector<std::shared_ptr<Chunk>> dead;
  for (const auto& [sequence, chunk] : chunks_) {
    if (is_dead(*chunk)) dead.push_back(chunk);
  }
  for (const auto& chunk : dead) {
    constexpr int own_references = 2;  // the map's and ours
    if (chunk.use_count() > own_references) {
      // Somebody is about to read it: the open file stays readable.
      const auto opened = co_await reader_.file_of(chunk);
      static_cast<void>(opened);
    }
    const auto removed = co_await disk_.remove(chunk->path());
    if (!removed && removed.error().code() != ErrorCode::not_found) {
      notice(
          fmt::format("{} could not be deleted: {}", chunk->path(), removed.error().to_string()));
      continue;
    }
    chunks_.erase(chunk->sequence());
  }
}

}  // namespace koine::journal
