#include "io/sim/sim_inode.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace koine::io {

const SimInode::Page& SimInode::page_of(const Content& content, std::uint64_t number) {
  static constexpr Page zeros{};
  const auto found = content.pages.find(number);
  return found == content.pages.end() ? zeros : *found->second;
}

void SimInode::copy_page(const Content& from, Content& to, std::uint64_t number) {
  const auto found = from.pages.find(number);
  if (found == from.pages.end()) {
    to.pages.erase(number);
  } else {
    to.pages[number] = found->second;
  }
}

void SimInode::tear_page(const Content& from, Content& to, std::uint64_t number,
                         RandomNumbers& numbers) {
  Page torn = page_of(to, number);
  const Page& written = page_of(from, number);
  for (std::size_t at = 0; at < page_bytes; at += sector_bytes) {
    if (numbers.coin()) std::memcpy(torn.data() + at, written.data() + at, sector_bytes);
  }
  to.pages[number] = std::make_shared<const Page>(torn);
}

void SimInode::put_page(std::uint64_t number, PagePointer page) {
  const bool is_new = current_.pages.insert_or_assign(number, std::move(page)).second;
  if (is_new) ++pages_in_use_;
  dirty_.insert(number);
}

std::size_t SimInode::read(std::uint64_t offset, MutableByteView into) const {
  if (offset >= current_.size) return 0;
  const std::size_t size = std::min<std::uint64_t>(into.size(), current_.size - offset);
  std::size_t done = 0;
  while (done < size) {
    const std::size_t in_page = (offset + done) % page_bytes;
    const std::size_t piece = std::min(size - done, page_bytes - in_page);
    const Page& page = page_of(current_, (offset + done) / page_bytes);
    std::memcpy(into.data() + done, page.data() + in_page, piece);
    done += piece;
  }
  return size;
}

std::size_t SimInode::write(std::uint64_t offset, ByteView bytes, std::uint64_t pages_max) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::uint64_t number = (offset + done) / page_bytes;
    if (!current_.pages.contains(number) && pages_in_use_ >= pages_max) break;
    const std::size_t in_page = (offset + done) % page_bytes;
    const std::size_t piece = std::min(bytes.size() - done, page_bytes - in_page);
    Page page = page_of(current_, number);
    std::memcpy(page.data() + in_page, bytes.data() + done, piece);
    put_page(number, std::make_shared<const Page>(page));
    done += piece;
  }
  if (done > 0 && offset + done > current_.size) {
    current_.size = offset + done;
    size_is_dirty_ = true;
  }
  return done;
}

void SimInode::truncate(std::uint64_t size) {
  if (size < current_.size) {
    const std::uint64_t first_gone = (size + page_bytes - 1) / page_bytes;
    for (auto page = current_.pages.lower_bound(first_gone); page != current_.pages.end();) {
      dirty_.insert(page->first);
      page = current_.pages.erase(page);
      --pages_in_use_;
    }
    const std::size_t in_page = size % page_bytes;
    const std::uint64_t last = size / page_bytes;
    if (in_page != 0 && current_.pages.contains(last)) {
      Page page = page_of(current_, last);
      std::fill(page.begin() + static_cast<std::ptrdiff_t>(in_page), page.end(), std::byte{0});
      put_page(last, std::make_shared<const Page>(page));
    }
  }
  size_is_dirty_ = size_is_dirty_ || size != current_.size;
  current_.size = size;
}

void SimInode::make_durable() {
  for (const std::uint64_t number : dirty_) copy_page(current_, durable_, number);
  durable_.size = current_.size;
  dirty_.clear();
  size_is_dirty_ = false;
}

void SimInode::lose_track(RandomNumbers& numbers) {
  for (const std::uint64_t number : dirty_) {
    if (numbers.coin()) copy_page(current_, durable_, number);
  }
  if (numbers.coin()) durable_.size = current_.size;
  dirty_.clear();
  size_is_dirty_ = false;
}

void SimInode::crash(RandomNumbers& numbers) {
  for (const std::uint64_t number : dirty_) {
    switch (numbers.below(3)) {
      case 0: break;
      case 1: copy_page(current_, durable_, number); break;
      default: tear_page(current_, durable_, number, numbers); break;
    }
  }
  if (size_is_dirty_ && numbers.coin()) durable_.size = current_.size;
  // What lies behind the end is not there when the file grows again.
  const std::uint64_t pages = (durable_.size + page_bytes - 1) / page_bytes;
  durable_.pages.erase(durable_.pages.lower_bound(pages), durable_.pages.end());
  pages_in_use_ += durable_.pages.size();
  pages_in_use_ -= current_.pages.size();
  current_ = durable_;
  dirty_.clear();
  size_is_dirty_ = false;
}

void SimInode::flip_bit(std::uint64_t offset, unsigned bit) {
  CHECK(offset < current_.size && bit < 8);
  const std::uint64_t number = offset / page_bytes;
  for (Content* content : {&current_, &durable_}) {
    const auto found = content->pages.find(number);
    if (found == content->pages.end()) continue;
    Page page = *found->second;
    page[offset % page_bytes] ^= static_cast<std::byte>(1U << bit);
    found->second = std::make_shared<const Page>(page);
  }
}

}  // namespace koine::io
