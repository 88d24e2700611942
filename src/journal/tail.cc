#include "journal/tail.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/crc32c.h"
#include "io/disk.h"
#include "journal/entry.h"

namespace koine::journal {

void Tail::start(std::shared_ptr<Chunk> chunk, std::uint32_t position, ByteView before) {
  CHECK(before.size() == position % block_size);
  chunk_ = std::move(chunk);
  blocks_.clear();
  first_block_ = position / block_size;
  end_ = position;
  add_block();
  std::memcpy(blocks_.front()->data(), before.data(), before.size());
}

void Tail::add_block() {
  auto block = cache_.make_block();
  cache_.insert({chunk_->sequence(), first_block_ + static_cast<std::uint32_t>(blocks_.size())},
                block);
  blocks_.push_back(std::move(block));
}

void Tail::append(ByteView bytes) {
  while (!bytes.empty()) {
    const std::uint32_t in_block = end_ % block_size;
    const std::size_t size = std::min<std::size_t>(bytes.size(), block_size - in_block);
    Block& block = block_at(end_);
    std::memcpy(block.data() + in_block, bytes.data(), size);
    bytes = bytes.subspan(size);
    end_ += static_cast<std::uint32_t>(size);
    if (end_ % block_size != 0) continue;
    const std::uint32_t full = end_ / block_size - 1;
    if (chunk_->block_checksums.size() <= full) chunk_->block_checksums.resize(full + 1);
    chunk_->block_checksums[full] = crc32c({block.data(), block_size});
    add_block();
  }
}

void Tail::pad_to(std::uint32_t alignment) {
  static constexpr std::array<std::byte, 4096> zeros{};
  const std::size_t size = align_up(end_, alignment) - end_;
  CHECK(size <= zeros.size());
  append(ByteView(zeros).first(size));
}

Tail::Pages Tail::pages(std::uint32_t from, std::uint32_t to) {
  Pages pages;
  pages.position = from / io::direct_alignment * io::direct_alignment;
  const auto end = static_cast<std::uint32_t>(align_up(to, io::direct_alignment));
  if (to == end_ && end != to) {
    std::memset(block_at(to).data() + to % block_size, 0, end - to);
  }
  for (std::uint32_t at = pages.position; at < end;) {
    const std::uint32_t in_block = at % block_size;
    const std::uint32_t size = std::min(end - at, block_size - in_block);
    pages.parts.emplace_back(block_at(at).data() + in_block, size);
    at += size;
  }
  return pages;
}

std::uint32_t Tail::checksum_of_last_block() {
  return crc32c({block_at(end_).data(), end_ % block_size});
}

void Tail::release(std::uint32_t position) {
  while (first_block_ < position / block_size && blocks_.size() > 1) {
    blocks_.pop_front();
    ++first_block_;
  }
  cache_.shrink();
}

void Tail::truncate(std::uint32_t position) {
  CHECK(position <= end_ && position / block_size >= first_block_);
  while (first_block_ + blocks_.size() - 1 > position / block_size) {
    cache_.erase(
        {chunk_->sequence(), first_block_ + static_cast<std::uint32_t>(blocks_.size()) - 1});
    blocks_.pop_back();
  }
  end_ = position;
  chunk_->block_checksums.resize(
      std::min<std::size_t>(chunk_->block_checksums.size(), position / block_size));
}

}  // namespace koine::journal
