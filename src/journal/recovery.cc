#include "journal/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/crc32c.h"

namespace koine::journal {

Task<Result<>> Recovery::run() {
  CO_TRY(co_await look_around());
  CO_TRY(co_await load_checkpoint());
  CO_TRY(co_await replay_chunks());
  report_missing_chunks();
  co_return co_await delete_leftovers();
}

std::uint64_t Recovery::next_sequence() const {
  const auto behind = journal_.chunks_.lower_bound(first_cleaned_chunk);
  const std::uint64_t sealed = behind == journal_.chunks_.begin() ? 0 : std::prev(behind)->first;
  return std::max({sealed + 1, first_to_replay_, std::uint64_t{1}});
}

Task<Result<>> Recovery::look_around() {
  CO_TRY(const auto entries, co_await journal_.disk_.list(journal_.options_.directory));
  for (const auto& entry : entries) {
    if (const auto number = parse_checkpoint_file_name(entry.name)) checkpoints_.push_back(*number);
    if (const auto sequence = parse_chunk_file_name(entry.name)) {
      (is_cleaned(*sequence) ? cleaned_chunks_ : chunks_).push_back(*sequence);
    }
  }
  co_return Result<>{};
}

Task<Result<>> Recovery::load_checkpoint() {
  if (!checkpoints_.empty()) journal_.next_checkpoint_ = checkpoints_.back() + 1;
  for (const std::uint64_t number : std::vector(checkpoints_.rbegin(), checkpoints_.rend())) {
    CO_TRY(const bool loaded, co_await try_checkpoint(number));
    if (loaded) co_return Result<>{};
  }
  if (!chunks_.empty() && chunks_.front() != 1) {
    co_return fail(
        ErrorCode::corrupt,
        fmt::format("{}: no checkpoint can be read, and the first chunk is {} where 1 was expected",
                    journal_.options_.directory, chunks_.front()));
  }
  co_return Result<>{};
}

Task<Result<bool>> Recovery::try_checkpoint(std::uint64_t number) {
  const std::string name = checkpoint_file_name(number);
  auto file = co_await read_file(journal_.disk_, journal_.path_of(name));
  if (!file) co_return fail(std::move(file).error().while_doing("reading a checkpoint"));
  auto loaded = decode_checkpoint(*file, journal_.identity_.journal, journal_.options_.directory,
                                  journal_.chunks_, journal_.logs_);
  if (!loaded) {
    journal_.chunks_.clear();
    journal_.logs_ = {};
    CO_TRY(co_await set_aside(name, loaded.error().to_string()));
    co_return false;
  }
  if (auto restored = journal_.owner_.restore(loaded->owner_state); !restored) {
    co_return fail(std::move(restored).error().while_doing(fmt::format("restoring {}", name)));
  }
  first_to_replay_ = loaded->first_chunk_to_replay;
  journal_.last_checkpoint_floor_ = first_to_replay_;
  journal_.last_checkpoint_ = number;
  journal_.last_checkpoint_bytes_ = file->size();
  co_return true;
}

Task<Result<>> Recovery::set_aside(std::string name, std::string why) {
  notice(fmt::format("{}: {}; it is set aside", journal_.path_of(name), why));
  co_return co_await journal_.disk_.rename(journal_.path_of(name),
                                           journal_.path_of(name + ".set-aside"));
}

Task<Result<bool>> Recovery::is_ours(std::uint64_t sequence) {
  const std::string name = chunk_file_name(sequence);
  CO_TRY(auto file, co_await journal_.disk_.open(journal_.path_of(name), io::OpenMode::read,
                                                 io::Caching::page_cache));
  std::vector<std::byte> bytes(chunk_header_size);
  CO_TRY(const auto got, co_await file->read(0, bytes));
  auto identity = decode_chunk_header(ByteView(bytes).first(got));
  if (!identity) {
    if (identity.error().code() == ErrorCode::unsupported)
      co_return fail(std::move(identity).error());
    CO_TRY(co_await set_aside(name, identity.error().to_string()));
    co_return false;
  }
  if (*identity != ChunkIdentity{.journal = journal_.identity_.journal, .sequence = sequence}) {
    CO_TRY(co_await set_aside(name, "foreign: a chunk of another journal or place"));
    co_return false;
  }
  co_return true;
}

Task<Result<>> Recovery::replay_chunks() {
  std::vector<std::uint64_t> to_replay;
  for (const std::uint64_t sequence : chunks_) {
    if (sequence < first_to_replay_) continue;
    CO_TRY(const bool ours, co_await is_ours(sequence));
    if (ours) to_replay.push_back(sequence);
  }
  std::uint64_t expected = first_to_replay_;
  for (const std::uint64_t sequence : to_replay) {
    if (sequence != expected) {
      notice(fmt::format("{}: chunks {} to {} are missing; what they held is lost",
                         journal_.options_.directory, expected, sequence - 1));
    }
    expected = sequence + 1;
    CO_TRY(co_await replay_chunk(sequence, sequence == to_replay.back()));
  }
  co_return Result<>{};
}

Task<Result<>> Recovery::replay_chunk(std::uint64_t sequence, bool is_last) {
  auto chunk = std::make_shared<Chunk>(sequence, journal_.path_of(chunk_file_name(sequence)));
  CO_TRY(std::shared_ptr<io::File> file,
         co_await journal_.disk_.open(chunk->path(), io::OpenMode::read, io::Caching::page_cache));
  CO_TRY(const auto file_size, co_await file->size());
  Scanner scanner(*file, file_size, sequence, chunk_header_size);
  seal_.reset();
  synced_ = chunk_header_size;
  CO_TRY(const auto end, co_await replay_entries(scanner, *chunk));
  co_return co_await finish_chunk(std::move(chunk), file, end, is_last);
}

Task<Result<std::uint32_t>> Recovery::replay_entries(Scanner& scanner, Chunk& chunk) {
  std::vector<Group> group;
  std::uint32_t end = chunk_header_size;
  while (true) {
    CO_TRY(const auto scanned, co_await scanner.next());
    if (scanned.kind == Scanned::Kind::end) {
      if (scanned.torn || !group.empty())
        notice(fmt::format("{}: a torn tail is cut at {}", chunk.path(), end));
      co_return end;
    }
    if (scanned.kind == Scanned::Kind::damage) {
      notice(fmt::format(
          "{}: {} damaged bytes at {}; what they held is lost, entries behind them are kept",
          chunk.path(), scanned.size, scanned.position));
      group.clear();
      continue;
    }
    synced_ = scanned.header.synced;
    if (scanned.header.kind == EntryKind::seal) {
      CO_TRY(seal_, ChunkFooter::decode(scanned.body));
      co_return scanned.position;
    }
    group.push_back({scanned.header,
                     scanned.position,
                     scanned.also,
                     {scanned.body.begin(), scanned.body.end()}});
    if (scanned.header.continues) continue;
    for (const Group& entry : group) CO_TRY(apply(chunk, entry));
    group.clear();
    end = scanned.position + scanned.size;
  }
}

Result<> Recovery::apply(const Chunk& chunk, const Group& entry) {
  ++journal_.statistics_.replayed_entries;
  LogTable& logs = journal_.logs_;
  switch (entry.header.kind) {
    case EntryKind::drop: logs.drop(entry.header.log); return {};
    case EntryKind::trim:
      if (Log* log = logs.find(entry.header.log)) logs.trim(*log, entry.header.base_offset);
      return {};
    case EntryKind::data:
      TRY(apply_data(chunk, entry, {entry.header.log, entry.header.base_offset}));
      for (const EntryTarget& target : entry.also) TRY(apply_data(chunk, entry, target));
      return {};
    case EntryKind::seal: break;
  }
  return {};
}

Result<> Recovery::apply_data(const Chunk& chunk, const Group& entry, EntryTarget target) {
  const EntryHeader& header = entry.header;
  Log& log = journal_.logs_.ensure(target.log);
  if (target.base_offset < log.next_offset()) {
    notice(fmt::format("{}: entry at {} repeats log {:#x}, offset {}; it is passed over",
                       chunk.path(), entry.position, log.id().value(), target.base_offset.value()));
    return {};
  }
  if (target.base_offset > log.next_offset()) {
    notice(fmt::format("{}: log {:#x} has lost offsets {} to {}", chunk.path(), log.id().value(),
                       log.next_offset().value(), target.base_offset.value() - 1));
    journal_.logs_.skip_to(log, target.base_offset);
  }
  journal_.logs_.append(log, {.base_offset = target.base_offset,
                              .record_count = header.record_count,
                              .body_position = entry.position + header.size(),
                              .body_size = header.body_size(),
                              .further_targets = static_cast<std::uint32_t>(entry.also.size()),
                              .timestamp_max = header.timestamp_max});
  journal_.logs_.commit(log, log.next_offset());
  return journal_.owner_.replay({.log = target.log,
                                 .base_offset = target.base_offset,
                                 .record_count = header.record_count,
                                 .timestamp_max = header.timestamp_max,
                                 .body = entry.body});
}

Task<Result<std::vector<std::byte>>> Recovery::check_blocks(std::shared_ptr<io::File> file,
                                                            Chunk& chunk, std::uint32_t end) {
  std::vector<std::byte> bytes;
  for (std::uint32_t at = 0;; at += block_size) {
    bytes.assign(std::min(block_size, end - at), std::byte{0});
    CO_TRY(const auto got, co_await file->read(at, bytes));
    static_cast<void>(got);  // behind the end of the file are zeros
    if (bytes.size() < block_size) co_return bytes;
    chunk.block_checksums.push_back(crc32c(bytes));
  }
}

Task<Result<>> Recovery::make_durable(std::shared_ptr<Chunk> chunk, std::shared_ptr<io::File> file,
                                      std::uint32_t end) {
  CO_TRY(
      const std::shared_ptr<io::File> writer,
      co_await journal_.disk_.open(chunk->path(), io::OpenMode::read_write, io::Caching::direct));
  Block block;
  const std::uint64_t start = synced_ / io::direct_alignment * io::direct_alignment;
  for (std::uint64_t at = start; at < end; at += block_size) {
    const std::size_t size = std::min<std::uint64_t>(block_size, end - at);
    const std::size_t padded = align_up(size, io::direct_alignment);
    CO_TRY(const auto got, co_await file->read(at, {block.data(), size}));
    std::fill(block.data() + got, block.data() + padded, std::byte{0});
    std::vector<ByteView> parts{ByteView(block.data(), padded)};
    CO_TRY(co_await writer->write(at, std::move(parts)));
  }
  co_return co_await writer->sync();
}

Task<Result<bool>> Recovery::take_sealed(std::shared_ptr<Chunk> chunk,
                                         std::shared_ptr<io::File> file) {
  std::vector<std::byte> index(std::size_t{seal_->index_count} * index_item_size);
  CO_TRY(const auto got, co_await file->read(seal_->index_position, index));
  if (got != index.size() || !std::ranges::equal(index, journal_.logs_.encode_open_index()))
    co_return false;
  chunk->footer = seal_;
  journal_.logs_.seal_open(chunk, seal_->index_position);
  journal_.chunks_.emplace(chunk->sequence(), chunk);
  co_return true;
}

Task<Result<>> Recovery::finish_chunk(std::shared_ptr<Chunk> chunk, std::shared_ptr<io::File> file,
                                      std::uint32_t end, bool is_last) {
  CO_TRY(const auto file_size, co_await file->size());
  if (seal_ && seal_->file_size <= file_size) {
    CO_TRY(const bool sealed, co_await take_sealed(chunk, file));
    if (sealed && is_last) CO_TRY(co_await make_durable(chunk, file, seal_->file_size));
    if (sealed) co_return Result<>{};
  }
  // The last chunk goes on where its good entries end. One in the middle gets an index behind all that it holds.
  const auto position =
      is_last ? end : static_cast<std::uint32_t>(align_up(file_size, io::direct_alignment));
  CO_TRY(const auto before, co_await check_blocks(file, *chunk, position));
  CO_TRY(chunk->file, co_await journal_.disk_.open(chunk->path(), io::OpenMode::read_write,
                                                   io::Caching::direct));
  if (is_last) CO_TRY(co_await make_durable(chunk, file, position));
  journal_.continue_chunk(chunk, position, before, file_size);
  if (is_last) co_return Result<>{};
  notice(fmt::format("{}: its end is missing; it gets a new index", chunk->path()));
  co_return co_await journal_.seal();
}

void Recovery::report_missing_chunks() const {
  for (const LogId id : journal_.logs_.ids()) {
    for (const Extent& extent : journal_.logs_.find(id)->extents()) {
      const std::uint64_t sequence = extent.chunk->sequence();
      const bool cleaned = is_cleaned(sequence);
      if (!cleaned && sequence >= first_to_replay_) continue;
      if (std::ranges::binary_search(cleaned ? cleaned_chunks_ : chunks_, sequence)) continue;
      notice(fmt::format("{} is missing: log {:#x} has lost offsets {} to {}", extent.chunk->path(),
                         id.value(), extent.base_offset.value(), extent.end_offset.value() - 1));
    }
  }
}

Task<Result<>> Recovery::delete_leftovers() {
  CO_TRY(const auto entries, co_await journal_.disk_.list(journal_.options_.directory));
  for (const auto& entry : entries) {
    const auto sequence = parse_chunk_file_name(entry.name);
    bool is_leftover = entry.name.ends_with(".new");
    const bool replayed = sequence && !is_cleaned(*sequence) && *sequence >= first_to_replay_;
    if (sequence && !replayed && !journal_.chunks_.contains(*sequence)) {
      CO_TRY(is_leftover, co_await is_ours(*sequence));
    }
    if (is_leftover) CO_TRY(co_await journal_.disk_.remove(journal_.path_of(entry.name)));
  }
  co_return Result<>{};
}

}  // namespace koine::journal
