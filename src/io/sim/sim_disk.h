// SimDisk: a SimStorage as one shard of one simulated process sees it. Operations take random simulated time;
// those of different files, and reads, overtake each other; writes and syncs of one file keep their order. The storage
// and the reactor must outlive it and its files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/disk.h"
#include "io/reactor.h"
#include "io/sim/sim_storage.h"

namespace koine::io {

class SimDisk final : public Disk {
 public:
  // `process_id` is what the conflict error of lock() names.
  SimDisk(SimStorage& storage, Reactor& reactor, int process_id = 1);

  Task<Result<std::unique_ptr<File>>> open(std::string path, OpenMode mode,
                                           Caching caching) override;
  Task<Result<>> rename(std::string from, std::string to) override;
  Task<Result<>> remove(std::string path) override;
  Task<Result<>> make_directory(std::string path) override;
  Task<Result<>> sync_directory(std::string path) override;
  Task<Result<std::vector<DirectoryEntry>>> list(std::string path) override;
  Task<Result<DiskSpace>> space(std::string path) override;
  Result<std::unique_ptr<DirectoryLock>> lock(std::string directory) override;

 private:
  SimStorage& storage_;
  Reactor& reactor_;
  int process_id_;
  std::uint64_t life_;
};

}  // namespace koine::io
