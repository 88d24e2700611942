#include "journal/entry_window.h"

#include <fmt/format.h>

#include <algorithm>

namespace koine::journal {
namespace {

std::uint64_t end_of(const IndexItem& item) {
  return std::uint64_t{item.body_position} + item.body_size;
}

// Where a read that begins with items[n] should end: behind the last of the items that follow within a block.
std::uint64_t end_of_read(const std::vector<IndexItem>& items, std::size_t n) {
  const std::uint64_t limit = entry_position(items[n]) + block_size;
  std::uint64_t end = end_of(items[n]);
  for (++n; n < items.size() && end_of(items[n]) > end && end_of(items[n]) <= limit; ++n)
    end = end_of(items[n]);
  return end;
}

bool tells_of(const IndexItem& item, const EntryHeader& header) {
  return header.kind == EntryKind::data && header.target_count == item.further_targets + 1 &&
         header.record_count == item.record_count && header.body_size() == item.body_size;
}

// Makes the header that of an entry for this log alone. False: it is not in this place of this log.
bool unshare(EntryHeader& header, ByteView entry, EntryTarget target) {
  const auto further = further_targets(header, entry);
  const bool is_first = EntryTarget{header.log, header.base_offset} == target;
  if (!is_first && std::ranges::find(further, target) == further.end()) return false;
  header.target_count = 1;
  header.log = target.log;
  header.base_offset = target.base_offset;
  return true;
}

}  // namespace

Task<Result<>> EntryWindow::move_to(std::uint64_t from, std::uint64_t to) {
  CO_TRY(const auto file, co_await reader_.file_of(chunk_));
  CO_TRY(bytes_, co_await read_unaligned(file, from, to - from));
  position_ = from;
  bytes_read_ += bytes_.size();
  co_return Result<>{};
}

Task<Result<EntryWindow::Entry>> EntryWindow::read(const std::vector<IndexItem>& items,
                                                   std::size_t n) {
  const IndexItem& item = items[n];
  const auto damaged = [&](std::string_view what) {
    return fail(ErrorCode::corrupt, fmt::format("{}: {} at {}, offset {}", chunk_->path(), what,
                                                item.body_position, item.base_offset.value()));
  };
  if (item.body_position < chunk_header_size + header_size(item) ||
      end_of(item) > chunk_->footer->index_position) {
    co_return damaged("an index item points outside the entries");
  }
  const bool is_here =
      entry_position(item) >= position_ && end_of(item) <= position_ + bytes_.size();
  if (!is_here) CO_TRY(co_await move_to(entry_position(item), end_of_read(items, n)));
  const auto entry = ByteView(bytes_).subspan(entry_position(item) - position_, entry_size(item));
  auto header = decode_header(entry);
  if (!header || !tells_of(item, *header))
    co_return damaged("not the entry that the index tells of");
  if (!checksum_holds(entry)) co_return damaged("damaged entry");
  if (!unshare(*header, entry, {log_, item.base_offset}))
    co_return damaged("an entry of another place or log");
  co_return Entry{.header = *header, .body = entry.subspan(header_size(item))};
}

}  // namespace koine::journal
