#include "journal/block_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/byte_order.h"
#include "base/crc32c.h"
#include "io/delay.h"
#include "journal/entry.h"

namespace koine::journal {
namespace {

constexpr std::uint32_t checksum_size = 4;

// How soon a load looks again whether a block was let go.
constexpr Duration retry_interval = std::chrono::milliseconds(1);

// How much of block `index` the checksum table covers.
std::uint32_t covered_size(const ChunkFooter& footer, std::uint32_t index) {
  const std::uint32_t start = index * block_size;
  return footer.table_position <= start ? 0 : std::min(block_size, footer.table_position - start);
}

// Of a damaged entry: its header is right, mostly.
std::string targets_as_text(ByteView entry, const IndexItem& item) {
  const auto header = decode_header(entry);
  if (!header || header->target_count != item.further_targets + 1)
    return fmt::format("log unknown, offset {}", item.base_offset.value());
  std::string text =
      fmt::format("log {:#x}, offset {}", header->log.value(), header->base_offset.value());
  for (const EntryTarget& target : further_targets(*header, entry)) {
    text += fmt::format(", log {:#x}, offset {}", target.log.value(), target.base_offset.value());
  }
  return text;
}

}  // namespace

Task<Result<std::vector<std::byte>>> read_unaligned(std::shared_ptr<io::File> file,
                                                    std::uint64_t position, std::size_t size) {
  const std::uint64_t start = position / io::direct_alignment * io::direct_alignment;
  const std::uint64_t end = align_up(position + size, io::direct_alignment);
  std::vector<std::byte> bytes;
  bytes.reserve(size);
  Block block;
  for (std::uint64_t at = start; at < end; at += block_size) {
    const std::size_t step = std::min<std::uint64_t>(block_size, end - at);
    CO_TRY(const auto got, co_await file->read(at, {block.data(), step}));
    const std::uint64_t from = std::max(at, position);
    const std::uint64_t to = std::min(at + got, position + size);
    if (from < to) bytes.insert(bytes.end(), block.data() + (from - at), block.data() + (to - at));
  }
  if (bytes.size() != size)
    co_return fail(ErrorCode::corrupt, "the file is shorter than its index says");
  co_return bytes;
}

Task<Result<std::shared_ptr<io::File>>> BlockReader::file_of(std::shared_ptr<Chunk> chunk) {
  if (!chunk->file) {
    auto opened = co_await disk_.open(chunk->path(), io::OpenMode::read, io::Caching::direct);
    if (!opened)
      co_return fail(std::move(opened).error().while_doing("opening a chunk to read it"));
    if (!chunk->file) chunk->file = std::move(*opened);
  }
  co_return chunk->file;
}

std::size_t BlockReader::turns_of(const BlockCache& cache) {
  return std::max<std::size_t>(cache.budget_blocks() / 4, 2);
}

bool BlockReader::has_block(const Chunk& chunk, std::uint32_t index) {
  return !chunk.footer || std::uint64_t{index} * block_size < chunk.footer->table_position;
}

Task<Result<BlockPtr>> BlockReader::load(std::shared_ptr<Chunk> chunk, std::uint32_t index) {
  const BlockKey key{chunk->sequence(), index};
  if (auto block = cache_.find(key)) {
    ++hits_;
    co_return block;
  }
  ++misses_;
  if (gate_.is_closed()) co_return fail(ErrorCode::closed, "the journal is closing");
  if (!has_block(*chunk, index)) {
    co_return fail(ErrorCode::corrupt,
                   fmt::format("{}: found a position in block {}, expected one before the table",
                               chunk->path(), index));
  }
  std::shared_ptr<Loading> loading;
  if (const auto found = loading_.find(key); found != loading_.end()) {
    loading = found->second;
  } else {
    loading = std::make_shared<Loading>(reactor_);
    loading_.emplace(key, loading);
    gate_.spawn(run_in_turn(std::move(chunk), index, loading));
  }
  while (!loading->result) co_await loading->done.wait();
  co_return *loading->result;
}

void BlockReader::prefetch(const std::shared_ptr<Chunk>& chunk, std::uint32_t index) {
  const BlockKey key{chunk->sequence(), index};
  if (gate_.is_closed() || !has_block(*chunk, index)) return;
  if (cache_.contains(key) || loading_.contains(key)) return;
  auto turn = turns_.try_acquire(1);
  if (!turn) return;
  auto block = cache_.try_make_block();
  if (!block) return;
  auto loading = std::make_shared<Loading>(reactor_);
  loading_.emplace(key, loading);
  gate_.spawn(run(chunk, index, std::move(loading), std::move(block), std::move(*turn)));
}

Task<void> BlockReader::run_in_turn(std::shared_ptr<Chunk> chunk, std::uint32_t index,
                                    std::shared_ptr<Loading> loading) {
  auto turn = co_await turns_.acquire(1);
  auto block = co_await make_block();
  if (block) {
    co_await run(std::move(chunk), index, std::move(loading), std::move(*block), std::move(turn));
    co_return;
  }
  loading->result.emplace(std::move(block));
  loading_.erase({chunk->sequence(), index});
  loading->done.notify_all();
}

Task<Result<BlockPtr>> BlockReader::make_block() {
  while (!gate_.is_closed()) {
    if (auto block = cache_.try_make_block()) co_return block;
    // Readers of other threads let go without a word.
    co_await io::Delay(reactor_, reactor_.now() + retry_interval);
  }
  co_return fail(ErrorCode::closed, "the journal is closing");
}

Task<void> BlockReader::run(std::shared_ptr<Chunk> chunk, std::uint32_t index,
                            std::shared_ptr<Loading> loading, BlockPtr block, runtime::Units turn) {
  const BlockKey key{chunk->sequence(), index};
  loading->result.emplace(co_await read(chunk, index, std::move(block)));
  // The tail may have put the block there meanwhile; its bytes are the newer ones.
  if (*loading->result && !cache_.contains(key)) cache_.insert(key, **loading->result);
  loading_.erase(key);
  loading->done.notify_all();
  turn.release();
}

Task<Result<BlockPtr>> BlockReader::read(std::shared_ptr<Chunk> chunk, std::uint32_t index,
                                         BlockPtr block) {
  CO_TRY(const auto file, co_await file_of(chunk));
  if (chunk->footer && chunk->block_checksums.empty()) CO_TRY(co_await read_checksums(chunk));
  CO_TRY(const auto got,
         co_await file->read(std::uint64_t{index} * block_size, {block->data(), block_size}));
  if (index >= chunk->block_checksums.size()) co_return block;
  const std::uint32_t covered = chunk->footer ? covered_size(*chunk->footer, index) : block_size;
  if (got >= covered && crc32c({block->data(), covered}) == chunk->block_checksums[index])
    co_return block;
  if (!chunk->footer)
    co_return fail(ErrorCode::corrupt, "a block of the open chunk was changed on the disk");
  CO_TRY(co_await find_damage(chunk, index));
  co_return block;
}

Task<Result<>> BlockReader::read_checksums(std::shared_ptr<Chunk> chunk) {
  const ChunkFooter footer = *chunk->footer;
  const std::uint32_t count = (footer.table_position + block_size - 1) / block_size;
  CO_TRY(const auto bytes, co_await read_unaligned(chunk->file, footer.table_position,
                                                   std::size_t{count + 1} * checksum_size));
  auto checksums = decode_checksum_table(bytes);
  if (!checksums) {
    notice_(fmt::format("{}: the checksum table is damaged; its blocks are not verified",
                        chunk->path()));
    co_return Result<>{};
  }
  chunk->block_checksums = std::move(*checksums);
  co_return Result<>{};
}

Task<Result<>> BlockReader::find_damage(std::shared_ptr<Chunk> chunk, std::uint32_t index) {
  const ChunkFooter footer = *chunk->footer;
  const std::uint64_t from = std::uint64_t{index} * block_size;
  const std::uint64_t to = from + block_size;
  CO_TRY(const auto items,
         co_await read_unaligned(chunk->file, footer.index_position,
                                 std::size_t{footer.index_count} * index_item_size));
  if (crc32c(items) != footer.index_checksum) {
    notice_(fmt::format("{}: its index is damaged; what it holds can't be read", chunk->path()));
    co_return fail(ErrorCode::corrupt, fmt::format("{}: damaged index", chunk->path()));
  }
  for (std::uint32_t i = 0; i < footer.index_count; ++i) {
    const IndexItem item = decode_index_item(items.data() + std::size_t{i} * index_item_size);
    const std::uint64_t body_end = std::uint64_t{item.body_position} + item.body_size;
    if (body_end <= from || entry_position(item) >= to) continue;
    CO_TRY(co_await check_entry(chunk, item));
  }
  co_return Result<>{};
}

Task<Result<>> BlockReader::check_entry(std::shared_ptr<Chunk> chunk, IndexItem item) {
  const std::uint64_t position = entry_position(item);
  CO_TRY(const auto entry, co_await read_unaligned(chunk->file, position, entry_size(item)));
  if (checksum_holds(entry) || !chunk->damaged_bodies.insert(item.body_position).second)
    co_return Result<>{};
  notice_(fmt::format("{}: damaged entry at {}: {}, {} records; it is set aside", chunk->path(),
                      position, targets_as_text(entry, item), item.record_count));
  co_return Result<>{};
}

}  // namespace koine::journal
