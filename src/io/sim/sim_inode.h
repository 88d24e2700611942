// SimInode: the content of one simulated file, twice: what its readers see, and what survives a crash.
//
//   pages    [ A'][ B ][ C'][   ]      current: seen by reads; ' = written since the last sync
//            [ A ][ B ][ C ]           durable: after crash() each dirty page is old, new, or torn between sectors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "base/bytes.h"
#include "io/random_numbers.h"

namespace koine::io {

class SimInode {
 public:
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t sector_bytes = 512;  // what a disk writes whole or not at all

  enum class Kind : std::uint8_t { file, directory };

  // `pages_in_use` counts the pages of all files of a storage, which outlives them.
  SimInode(Kind kind, std::uint64_t& pages_in_use) : kind_(kind), pages_in_use_(pages_in_use) {}
  SimInode(const SimInode&) = delete;
  SimInode& operator=(const SimInode&) = delete;
  ~SimInode() { pages_in_use_ -= current_.pages.size(); }

  bool is_directory() const { return kind_ == Kind::directory; }
  std::uint64_t size() const { return current_.size; }
  std::size_t read(std::uint64_t offset, MutableByteView into) const;
  // Writes until `pages_max` pages are in use by the storage; gives how much was written.
  std::size_t write(std::uint64_t offset, ByteView bytes, std::uint64_t pages_max);
  void truncate(std::uint64_t size);

  void make_durable();
  // After a failed sync the kernel takes the dirty pages for clean, though only some of them reached the disk.
  void lose_track(RandomNumbers& numbers);
  void crash(RandomNumbers& numbers);
  // In what is seen and in what is durable. `offset` lies inside the file.
  void flip_bit(std::uint64_t offset, unsigned bit);

 private:
  using Page = std::array<std::byte, page_bytes>;
  using PagePointer = std::shared_ptr<const Page>;
  struct Content {
    std::map<std::uint64_t, PagePointer> pages;  // by number; a page that is not there is all zeros
    std::uint64_t size = 0;
  };

  static const Page& page_of(const Content& content, std::uint64_t number);
  static void copy_page(const Content& from, Content& to, std::uint64_t number);
  static void tear_page(const Content& from, Content& to, std::uint64_t number,
                        RandomNumbers& numbers);
  void put_page(std::uint64_t number, PagePointer page);

  Kind kind_;
  std::uint64_t& pages_in_use_;
  Content current_;
  Content durable_;
  std::set<std::uint64_t> dirty_;
  bool size_is_dirty_ = false;
};

}  // namespace koine::io
