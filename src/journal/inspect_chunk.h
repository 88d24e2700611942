// ChunkInspector: reads one chunk from its first byte to its last and verifies all that can be verified. See inspect.h.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "io/disk.h"
#include "journal/chunk.h"
#include "journal/inspect.h"
#include "journal/scanner.h"

namespace koine::journal {

class ChunkInspector {
 public:
  // `journal`: the number that its header must have; nullopt: not known. An open chunk is one whose end may be missing.
  ChunkInspector(io::Disk& disk, std::string directory, std::string name,
                 std::optional<std::uint64_t> journal, bool may_be_open);

  // Errors: io_error.
  Task<Result<ChunkReport>> run(EntryVisitor visit);

  // The items of an extent, from the index of a sealed chunk; nothing if they can't be relied on.
  std::optional<std::span<const IndexItem>> items_of(const Extent& extent) const;

 private:
  Task<Result<bool>> check_header();
  Task<Result<>> read_entries(const EntryVisitor& visit);
  void take_entry(const Scanned& scanned, const EntryVisitor& visit);
  Task<Result<>> check_behind_entries();
  Task<Result<>> check_index();
  Task<Result<>> check_table();
  void problem(std::string sentence) { report_.problems.push_back(std::move(sentence)); }
  Task<Result<std::vector<std::byte>>> read(std::uint64_t position, std::size_t size);

  io::Disk& disk_;
  std::string path_;
  std::optional<std::uint64_t> journal_;
  bool may_be_open_;
  std::unique_ptr<io::File> file_;
  ChunkReport report_;
  std::optional<ChunkFooter> footer_;
  std::vector<IndexItem> items_;  // of good entries, for each of their logs
  std::vector<IndexItem> index_;  // if its checksum holds
  std::set<LogId> logs_;
};

}  // namespace koine::journal
