// SimStorage: one simulated machine's file system, which outlives the processes that use it. It knows what is
// durable, injects faults, and crashes.
//
//   SimWorld world(seed);
//   SimStorage storage(world);
//   SimDisk disk(storage, reactor);      // one for each shard of the process
//   storage.faults().sync_error_chance = 0.01;
//   storage.crash();                     // what was not synced is kept, lost or torn; handles are dead
//   SimDisk next(storage, reactor);      // the next process finds what survived
//
// After crash() every operation of the old handles, also one under way, ends with ErrorCode::closed and without
// effect, so that the tasks of the dead process can run to their ends.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "io/disk.h"
#include "io/sim/sim_inode.h"
#include "io/sim/sim_world.h"

namespace koine::io {

// May be changed at any time.
struct SimFaults {
  // Probabilities that an operation fails with io_error. A failed write has written some prefix; after a failed sync the
  // fate of the unsynced bytes is random, and the next sync succeeds, as the kernel's does.
  double read_error_chance = 0;
  double write_error_chance = 0;
  double sync_error_chance = 0;
  double name_error_chance = 0;  // open, rename, remove, make and sync directories, list

  // The operation with this number (see SimStorage::operations) fails with io_error, or is where the machine crashes,
  // before or after it had its effect.
  std::optional<std::uint64_t> failing_operation;
  std::optional<std::uint64_t> crashing_operation;

  // More bytes than this do not fit: no_space.
  std::uint64_t capacity_bytes = std::uint64_t{1} << 40U;

  Duration latency_min = std::chrono::microseconds(5);
  Duration latency_max = std::chrono::microseconds(500);

  // The canary: File::sync says that it worked and does nothing. A harness must find this.
  bool sync_lies = false;
};

enum class SimOperation : std::uint8_t { read, write, sync, name };

class SimStorage {
 public:
  explicit SimStorage(SimWorld& world) : world_(world) {}
  SimStorage(const SimStorage&) = delete;
  SimStorage& operator=(const SimStorage&) = delete;

  SimWorld& world() const { return world_; }
  SimFaults& faults() { return faults_; }

  void crash();
  // The process is killed and the machine runs on: handles are dead, but nothing is lost, not yet. What the process had
  // not synced is seen by the next one, and a later crash() may lose it.
  void kill();
  // Called at the end of every crash(), also of those that a fault caused.
  void on_crash(std::function<void()> callback) { crash_callback_ = std::move(callback); }
  // Counts the crashes; handles of an earlier life are dead.
  std::uint64_t life() const { return life_; }
  // How many operations were begun so far: the number of the next one.
  std::uint64_t operations() const { return operations_; }
  std::uint64_t bytes_in_use() const { return pages_in_use_ * SimInode::page_bytes; }

  // For checkers, without faults and latency. Errors: not_found; out_of_range.
  Result<std::vector<std::byte>> contents(const std::string& path) const;
  Result<> flip_bit(const std::string& path, std::uint64_t offset, unsigned bit);

  // The rest is for SimDisk and SimFile.

  // What one operation does when it works, and what it leaves behind when a fault strikes (may be empty).
  struct Effects {
    std::function<Result<>()> success;
    std::function<void()> failure;
  };
  // Counts an operation and decides its fate. `what` begins the error's sentence: "writing /data/0".
  Result<> perform(SimOperation operation, const std::string& what, const Effects& effects);
  Duration random_latency();

  Result<std::shared_ptr<SimInode>> open(const std::string& path, OpenMode mode);
  Result<> write(SimInode& inode, const std::string& path, std::uint64_t offset,
                 const std::vector<ByteView>& parts);
  // Some prefix of it, as a failed write does.
  void write_in_part(SimInode& inode, std::uint64_t offset, const std::vector<ByteView>& parts);
  void sync(SimInode& inode);
  void lose_track(SimInode& inode) { inode.lose_track(world_.numbers()); }
  Result<> rename(const std::string& from, const std::string& to);
  Result<> remove(const std::string& path);
  Result<> make_directory(const std::string& path);
  Result<> sync_directory(const std::string& path);
  Result<std::vector<DirectoryEntry>> list(const std::string& path) const;
  Result<DiskSpace> space(const std::string& path) const;
  Result<std::shared_ptr<const int>> lock(const std::string& directory, int process_id);

 private:
  using Names = std::map<std::string, std::shared_ptr<SimInode>>;
  // A name that appeared or vanished (a rename: both at once), not durable yet.
  struct NameChange {
    std::string directory;
    std::string vanished;
    std::string appeared;
    std::shared_ptr<SimInode> inode;
  };

  static void apply(const NameChange& change, Names& names);
  static std::string normal(const std::string& path);
  static std::string parent_of(const std::string& path);
  bool is_directory(const std::string& path) const;
  bool fails(SimOperation operation);
  void change(NameChange change);
  std::shared_ptr<SimInode> new_inode(SimInode::Kind kind) {
    return std::make_shared<SimInode>(kind, pages_in_use_);
  }
  Result<std::shared_ptr<SimInode>> find_file(const std::string& path) const;

  SimWorld& world_;
  SimFaults faults_;
  std::function<void()> crash_callback_;
  std::uint64_t life_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t pages_in_use_ = 0;
  Names current_;
  Names durable_;
  std::vector<NameChange> unsynced_;
  std::map<std::string, std::weak_ptr<const int>> locks_;
};

}  // namespace koine::io
