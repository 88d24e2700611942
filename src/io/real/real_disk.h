// RealDisk: the machine's file system, for one shard. The shard never blocks on it.
//
// Writes, syncs and truncations of files opened for direct access (the journal's chunks) run one at a time on one
// writing thread, in the order of the calls; those of other files (checkpoints) on a second one, so that they
// delay no commit; everything else runs on a few other threads. Threads start when first needed. The reactor must outlive
// the disk, and the disk its files.
#pragma once

#include <cstddef>
#include <string>

#include "io/disk.h"
#include "io/reactor.h"
#include "io/real/work_queue.h"

namespace koine::io {

struct RealDiskOptions {
  std::size_t reading_threads = 2;
  // Threads are called "<name>-write", "<name>-back" and "<name>-read".
  std::string name = "disk";
};

class RealDisk final : public Disk {
 public:
  explicit RealDisk(Reactor& reactor, const RealDiskOptions& options = {});

  Task<Result<std::unique_ptr<File>>> open(std::string path, OpenMode mode,
                                           Caching caching) override;
  Task<Result<>> rename(std::string from, std::string to) override;
  Task<Result<>> remove(std::string path) override;
  Task<Result<>> make_directory(std::string path) override;
  Task<Result<>> sync_directory(std::string path) override;
  Task<Result<std::vector<DirectoryEntry>>> list(std::string path) override;
  Task<Result<DiskSpace>> space(std::string path) override;
  // Blocks for a moment: for the start of the program.
  Result<std::unique_ptr<DirectoryLock>> lock(std::string directory) override;

 private:
  Reactor& reactor_;
  WorkQueue writer_;
  WorkQueue background_writer_;
  WorkQueue readers_;
};

}  // namespace koine::io
