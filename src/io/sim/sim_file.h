// SimFile: an open file of a SimDisk. Private to io/sim; others see File. Beside it, how one simulated operation
// passes its time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/disk.h"
#include "io/reactor.h"
#include "io/sim/sim_storage.h"

namespace koine::io {

// Where an operation runs: on a storage, in the life in which its handle was made.
struct SimPlace {
  SimStorage* storage;
  Reactor* reactor;
  std::uint64_t life;

  bool is_dead() const { return storage->life() != life; }
};

// When an operation has its effect and when its caller learns of it.
struct SimMoments {
  MonotonicTime effect;
  MonotonicTime end;
};

// Random moments, not before `earliest`.
SimMoments pick_moments(const SimPlace& place, MonotonicTime earliest = MonotonicTime::min());

// Waits for the moments and performs the operation, with the storage's faults. A crash before the end:
// ErrorCode::closed.
Task<Result<>> simulate(SimPlace place, SimMoments moments, SimOperation operation,
                        std::string what, SimStorage::Effects effects);

class SimFile final : public File {
 public:
  SimFile(SimPlace place, std::shared_ptr<SimInode> inode, std::string path, OpenMode mode,
          Caching caching)
      : handle_(std::make_shared<Handle>(place, std::move(inode), std::move(path), mode, caching)) {
  }

  Task<Result<std::size_t>> read(std::uint64_t offset, MutableByteView into) override;
  Task<Result<>> write(std::uint64_t offset, std::vector<ByteView> parts) override;
  Task<Result<>> sync() override;
  Task<Result<>> write_and_sync(std::uint64_t offset, std::vector<ByteView> parts) override;
  Task<Result<>> truncate(std::uint64_t size) override;
  Task<Result<std::uint64_t>> size() override;

 private:
  // Shared with the operations, which may outlive the File.
  struct Handle {
    SimPlace place;
    std::shared_ptr<SimInode> inode;
    std::string path;
    OpenMode mode;
    Caching caching;
    MonotonicTime writer_free_at;

    Result<> check_aligned(std::uint64_t offset, ByteView memory) const;
    Result<> check_write(std::uint64_t offset, const std::vector<ByteView>& parts) const;
  };
  using SharedHandle = std::shared_ptr<Handle>;

  // Takes its place behind the earlier writes and syncs.
  static SimMoments pick_writing_moments(Handle& handle);
  static Task<Result<>> write_at(SharedHandle handle, SimMoments moments, std::uint64_t offset,
                                 std::vector<ByteView> parts);
  static Task<Result<>> sync_at(SharedHandle handle, SimMoments moments);

  static Task<Result<std::size_t>> run_read(SharedHandle handle, std::uint64_t offset,
                                            MutableByteView into);
  static Task<Result<>> run_write(SharedHandle handle, std::uint64_t offset,
                                  std::vector<ByteView> parts);
  static Task<Result<>> run_sync(SharedHandle handle);
  static Task<Result<>> run_write_and_sync(SharedHandle handle, std::uint64_t offset,
                                           std::vector<ByteView> parts);
  static Task<Result<>> run_truncate(SharedHandle handle, std::uint64_t size);
  static Task<Result<std::uint64_t>> run_size(SharedHandle handle);

  SharedHandle handle_;
};

}  // namespace koine::io
