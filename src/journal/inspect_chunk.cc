#include "journal/inspect_chunk.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crc32c.h"

namespace koine::journal {
ChunkInspector::ChunkInspector(io::Disk& disk, std::string directory, std::string name,
                               std::optional<std::uint64_t> journal, bool may_be_open)
    : disk_(disk), path_(directory + "/" + name), journal_(journal), may_be_open_(may_be_open) {
  report_.sequence = parse_chunk_file_name(name).value_or(0);
  report_.name = std::move(name);
}

Task<Result<std::vector<std::byte>>> ChunkInspector::read(std::uint64_t position,
                                                          std::size_t size) {
  std::vector<std::byte> bytes(size);
  CO_TRY(const auto got, co_await file_->read(position, bytes));
  bytes.resize(got);
  co_return bytes;
}

Task<Result<ChunkReport>> ChunkInspector::run(EntryVisitor visit) {
  CO_TRY(file_, co_await disk_.open(path_, io::OpenMode::read, io::Caching::page_cache));
  CO_TRY(report_.file_bytes, co_await file_->size());
  CO_TRY(const bool ours, co_await check_header());
  if (!ours) co_return std::move(report_);
  CO_TRY(co_await read_entries(visit));
  CO_TRY(co_await check_behind_entries());
  report_.logs = logs_.size();
  co_return std::move(report_);
}

Task<Result<bool>> ChunkInspector::check_header() {
  CO_TRY(const auto bytes, co_await read(0, chunk_header_size));
  const auto identity = decode_chunk_header(bytes);
  if (!identity) {
    problem(identity.error().to_string());
    co_return false;
  }
  const bool is_foreign =
      identity->sequence != report_.sequence || (journal_ && identity->journal != *journal_);
  if (is_foreign) problem("foreign: a chunk of another journal or place");
  co_return !is_foreign;
}

Task<Result<>> ChunkInspector::read_entries(const EntryVisitor& visit) {
  Scanner scanner(*file_, report_.file_bytes, report_.sequence, chunk_header_size);
  while (true) {
    CO_TRY(const auto scanned, co_await scanner.next());
    if (scanned.kind == Scanned::Kind::end) {
      report_.has_torn_tail = scanned.torn;
      co_return Result<>{};
    }
    if (scanned.kind == Scanned::Kind::damage) {
      report_.damaged.push_back({scanned.position, scanned.size});
      continue;
    }
    const EntryHeader& header = scanned.header;
    if (header.kind == EntryKind::seal) {
      auto footer = ChunkFooter::decode(scanned.body);
      if (footer)
        footer_ = *footer;
      else
        problem(footer.error().to_string());
      co_return Result<>{};
    }
    ++report_.entries;
    report_.entry_bytes += scanned.size;
    take_entry(scanned, visit);
  }
}

void ChunkInspector::take_entry(const Scanned& scanned, const EntryVisitor& visit) {
  EntryHeader header = scanned.header;
  const auto take = [&] {
    logs_.insert(header.log);
    if (header.kind == EntryKind::data) {
      items_.push_back({.base_offset = header.base_offset,
                        .record_count = header.record_count,
                        .body_position = scanned.position + header.size(),
                        .body_size = header.body_size(),
                        .further_targets = static_cast<std::uint32_t>(scanned.also.size()),
                        .timestamp_max = header.timestamp_max});
    }
    visit(report_, scanned.position, header);
  };
  take();
  for (const EntryTarget& target : scanned.also) {
    header.log = target.log;
    header.base_offset = target.base_offset;
    take();
  }
}

Task<Result<>> ChunkInspector::check_behind_entries() {
  report_.is_sealed = footer_.has_value();
  if (!footer_) {
    if (!may_be_open_) problem("its end is missing: no seal, no index");
    co_return Result<>{};
  }
  if (footer_->file_size > report_.file_bytes) {
    // The last chunk goes on being written when its sealing was cut off.
    if (may_be_open_)
      report_.has_torn_tail = true;
    else
      problem(fmt::format("it has {} bytes where its seal says {}", report_.file_bytes,
                          footer_->file_size));
    report_.is_sealed = false;
    co_return Result<>{};
  }
  CO_TRY(co_await check_index());
  co_return co_await check_table();
}

Task<Result<>> ChunkInspector::check_index() {
  CO_TRY(const auto index, co_await read(footer_->index_position,
                                         std::size_t{footer_->index_count} * index_item_size));
  const bool holds = crc32c(index) == footer_->index_checksum;
  if (!holds) problem("the checksum of the index does not hold");
  std::ranges::sort(items_);
  std::uint64_t wrong = 0;
  for (std::size_t at = 0; at < index.size(); at += index_item_size) {
    const IndexItem item = decode_index_item(index.data() + at);
    if (holds) index_.push_back(item);
    if (std::ranges::binary_search(items_, item)) continue;
    const bool is_of_damage = std::ranges::any_of(report_.damaged, [&](const DamagedRange& range) {
      return item.body_position >= range.position &&
             item.body_position < range.position + range.size;
    });
    if (!is_of_damage) ++wrong;
  }
  if (wrong > 0)
    problem(fmt::format("{} of {} index items tell of no entry", wrong, footer_->index_count));
  co_return Result<>{};
}

std::optional<std::span<const IndexItem>> ChunkInspector::items_of(const Extent& extent) const {
  if (!footer_ || extent.index_position < footer_->index_position) return std::nullopt;
  const std::size_t first = (extent.index_position - footer_->index_position) / index_item_size;
  if (first + extent.index_count > index_.size()) return std::nullopt;
  return std::span(index_).subspan(first, extent.index_count);
}

Task<Result<>> ChunkInspector::check_table() {
  const std::uint32_t count = (footer_->table_position + block_size - 1) / block_size;
  CO_TRY(const auto bytes,
         co_await read(footer_->table_position, (std::size_t{count} + 1) * sizeof(std::uint32_t)));
  const auto checksums = decode_checksum_table(bytes);
  if (!checksums) {
    problem(checksums.error().to_string());
    co_return Result<>{};
  }
  for (std::uint32_t block = 0; block < checksums->size(); ++block) {
    const std::uint32_t position = block * block_size;
    CO_TRY(const auto content,
           co_await read(position, std::min(block_size, footer_->table_position - position)));
    if (crc32c(content) != (*checksums)[block]) {
      problem(fmt::format("the checksum of the block at {} does not hold", position));
    }
  }
  co_return Result<>{};
}

}  // namespace koine::journal
