// Disk and File: the only door to files. Calls are made on a shard and end on it; the work happens on other
// threads (io/real) or in the simulator (io/sim), which tears, loses, delays and fails operations from a seed.
//
// Durability: nothing is durable until sync() returned without error; a created, renamed or removed name is
// durable after sync_directory() of its parent. After a failed sync the state of the file is unknown: the
// caller must not try again as if nothing happened (the kernel has dropped the dirty pages).
//
// Errors: not_found, already_exists, denied, no_space, io_error, closed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"

namespace koine::io {

class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  // Fills `into` from `offset`; less only at the end of the file. The memory must stay until the task ends.
  virtual Task<Result<std::size_t>> read(std::uint64_t offset, MutableByteView into) = 0;

  // All of the parts, one after another, at `offset`. Not durable. The memory must stay until the task ends.
  // A File's writes and syncs are done one at a time, in the order of the calls.
  virtual Task<Result<>> write(std::uint64_t offset, std::vector<ByteView> parts) = 0;
  virtual Task<Result<>> sync() = 0;

  // write() and sync() in one visit to the writing thread.
  virtual Task<Result<>> write_and_sync(std::uint64_t offset, std::vector<ByteView> parts) = 0;

  virtual Task<Result<>> truncate(std::uint64_t size) = 0;

  virtual Task<Result<std::uint64_t>> size() = 0;
};

enum class OpenMode : std::uint8_t {
  read,        // must exist
  read_write,  // must exist
  create,      // must not exist; read and write
};

// direct: around the kernel's page cache (O_DIRECT), where the file system can; then offsets, sizes and memory of
// every read and write are multiples of direct_alignment. Where it can't, the same calls go through the cache.
enum class Caching : std::uint8_t { page_cache, direct };
inline constexpr std::size_t direct_alignment = 4096;

// Held as long as the object lives, by the process: another process that asks gets ErrorCode::conflict.
class DirectoryLock {
 public:
  DirectoryLock() = default;
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  virtual ~DirectoryLock() = default;
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
};

struct DiskSpace {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;  // what this process may still use
};

class Disk {
 public:
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  virtual Task<Result<std::unique_ptr<File>>> open(std::string path, OpenMode mode,
                                                   Caching caching) = 0;
  // Atomic; replaces what is at `to`.
  virtual Task<Result<>> rename(std::string from, std::string to) = 0;
  // A removed file can still be read by those who have it open.
  virtual Task<Result<>> remove(std::string path) = 0;
  // With its missing parents; no error if it exists.
  virtual Task<Result<>> make_directory(std::string path) = 0;
  virtual Task<Result<>> sync_directory(std::string path) = 0;
  // Sorted by name.
  virtual Task<Result<std::vector<DirectoryEntry>>> list(std::string path) = 0;
  virtual Task<Result<DiskSpace>> space(std::string path) = 0;

  // Creates `directory`/lock if needed. The conflict error says who holds it: "held by process 4711".
  virtual Result<std::unique_ptr<DirectoryLock>> lock(std::string directory) = 0;
};

}  // namespace koine::io
