#include "journal/cleaned_writer.h"

#include <algorithm>

#include "base/check.h"
#include "base/crc32c.h"

namespace koine::journal {
namespace {

// How much may wait in the page cache: the kernel would otherwise write it all at once.
constexpr std::uint32_t unsynced_bytes_max = 4 * MiB;

}  // namespace

CleanedWriter::CleanedWriter(io::Disk& disk, std::string directory, ChunkIdentity identity,
                             std::uint64_t epoch)
    : disk_(disk), directory_(std::move(directory)), identity_(identity), epoch_(epoch) {}

Task<Result<>> CleanedWriter::begin() {
  CO_TRY(file_,
         co_await disk_.open(temporary_path(), io::OpenMode::create, io::Caching::page_cache));
  const auto header = encode_chunk_header(identity_);
  co_return co_await put(header);
}

Task<Result<>> CleanedWriter::put(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), block_size - block_.size());
    block_.insert(block_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    bytes = bytes.subspan(size);
    position_ += static_cast<std::uint32_t>(size);
    if (block_.size() == block_size) CO_TRY(co_await flush());
  }
  co_return Result<>{};
}

Task<Result<>> CleanedWriter::pad_to(std::uint32_t alignment) {
  const std::vector<std::byte> zeros(align_up(position_, alignment) - position_);
  co_return co_await put(zeros);
}

Task<Result<>> CleanedWriter::flush() {
  const std::uint64_t start = position_ - block_.size();
  checksums_.push_back(crc32c(block_));
  std::vector<ByteView> parts{ByteView(block_)};
  if (position_ - synced_ < unsynced_bytes_max) {
    CO_TRY(co_await file_->write(start, std::move(parts)));
  } else {
    CO_TRY(co_await file_->write_and_sync(start, std::move(parts)));
    synced_ = position_;
  }
  block_.clear();
  co_return Result<>{};
}

Task<Result<>> CleanedWriter::add(EntryHeader header, ByteView body) {
  header.epoch = epoch_;
  header.chunk = static_cast<std::uint32_t>(identity_.sequence);
  header.synced = position_;
  header.continues = false;
  const std::vector<Part> parts{Part{.bytes = body, .crc = std::nullopt}};
  const auto head = encode_header(header, parts);
  CO_TRY(co_await put(head));
  CO_TRY(co_await put(body));
  co_return co_await pad_to(entry_alignment);
}

Task<Result<std::shared_ptr<Chunk>>> CleanedWriter::finish(std::vector<std::byte> index) {
  const auto footer = ChunkFooter::behind(position_, index);
  EntryHeader seal;
  seal.kind = EntryKind::seal;
  const auto body = footer.encode();
  CO_TRY(co_await add(seal, body));
  CO_TRY(co_await pad_to(io::direct_alignment));
  CHECK(position_ == footer.index_position);
  CO_TRY(co_await put(index));
  // The table covers what lies before it; behind it only the file's last page is filled up.
  std::vector<std::uint32_t> checksums = checksums_;
  if (!block_.empty()) checksums.push_back(crc32c(block_));
  const auto table = encode_checksum_table(checksums);
  CO_TRY(co_await put(table));
  CO_TRY(co_await pad_to(io::direct_alignment));
  CHECK(position_ == footer.file_size);
  CO_TRY(co_await flush());
  CO_TRY(co_await file_->sync());
  file_.reset();
  CO_TRY(co_await disk_.rename(temporary_path(), path()));
  CO_TRY(co_await disk_.sync_directory(directory_));
  auto chunk = std::make_shared<Chunk>(identity_.sequence, path());
  chunk->footer = footer;
  chunk->block_checksums = std::move(checksums);
  co_return chunk;
}

Task<void> CleanedWriter::abandon() {
  file_.reset();
  const std::vector<std::string> paths{temporary_path(), path()};
  for (const std::string& name : paths) {
    // What stays is deleted when the journal is opened next.
    const auto removed = co_await disk_.remove(name);
    static_cast<void>(removed);
  }
}

}  // namespace koine::journal
