#include "journal/scanner.h"

#include <algorithm>

#include "base/byte_order.h"
#include "base/units.h"

namespace koine::journal {
namespace {

constexpr std::size_t read_size = MiB;
constexpr std::size_t chunk_field_position = 16;  // in an entry's header

}  // namespace

Scanner::Scanner(io::File& file, std::uint64_t file_size, std::uint64_t chunk_sequence,
                 std::uint32_t position)
    : file_(file),
      file_size_(file_size),
      chunk_(static_cast<std::uint32_t>(chunk_sequence)),
      position_(position) {}

Task<Result<ByteView>> Scanner::window(std::uint64_t position, std::size_t size) {
  size = std::min<std::uint64_t>(size, file_size_ - std::min(position, file_size_));
  if (position < buffer_position_ || position + size > buffer_position_ + buffer_.size()) {
    std::vector<std::byte> fresh(
        std::min<std::uint64_t>(std::max(size, read_size), file_size_ - position));
    CO_TRY(const auto got, co_await file_.read(position, fresh));
    fresh.resize(got);
    buffer_ = std::move(fresh);
    buffer_position_ = position;
  }
  co_return ByteView(buffer_).subspan(position - buffer_position_);
}

Task<Result<std::optional<EntryHeader>>> Scanner::entry_at(std::uint64_t position) {
  CO_TRY(const auto head, co_await window(position, entry_header_size));
  const auto header = decode_header(head);
  if (!header || header->chunk != chunk_ || header->epoch < epoch_ || header->synced > position ||
      position + header->length > file_size_) {
    co_return std::nullopt;
  }
  CO_TRY(const auto whole, co_await window(position, header->length));
  if (whole.size() < header->length || !checksum_holds(whole.first(header->length)))
    co_return std::nullopt;
  co_return header;
}

Task<Result<Scanned>> Scanner::next() {
  CO_TRY(const auto header, co_await entry_at(position_));
  if (!header) co_return co_await explain(position_);
  CO_TRY(const auto whole, co_await window(position_, header->length));
  Scanned scanned{.kind = Scanned::Kind::entry,
                  .position = position_,
                  .size = static_cast<std::uint32_t>(align_up(header->length, entry_alignment)),
                  .header = *header,
                  .body = whole.subspan(header->size(), header->body_size()),
                  .also = further_targets(*header, whole)};
  epoch_ = header->epoch;
  position_ += scanned.size;
  co_return scanned;
}

std::size_t Scanner::find_candidate(ByteView bytes, bool& all_zero) const {
  std::size_t at = 0;
  for (; at + entry_header_size <= bytes.size(); at += entry_alignment) {
    if (load_le<std::uint64_t>(bytes.data() + at) == 0) continue;
    all_zero = false;
    if (load_le<std::uint32_t>(bytes.data() + at + chunk_field_position) == chunk_) break;
  }
  return at;
}

Task<Result<Scanned>> Scanner::explain(std::uint32_t position) {
  Scanned scanned;
  scanned.position = position;
  bool all_zero = true;
  for (std::uint64_t at = position; at + entry_header_size <= file_size_;) {
    CO_TRY(const auto bytes, co_await window(at, entry_header_size));
    const std::size_t skipped = find_candidate(bytes, all_zero);
    at += skipped;
    if (skipped + entry_header_size > bytes.size()) continue;
    CO_TRY(const auto header, co_await entry_at(at));
    if (header && at != position && header->synced > position) {
      scanned.kind = Scanned::Kind::damage;
      scanned.size = static_cast<std::uint32_t>(at - position);
      position_ = static_cast<std::uint32_t>(at);
      co_return scanned;
    }
    at += entry_alignment;
  }
  scanned.torn = !all_zero;
  co_return scanned;
}

}  // namespace koine::journal
