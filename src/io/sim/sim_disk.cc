#include "io/sim/sim_disk.h"

#include <utility>

#include "io/sim/sim_file.h"

namespace koine::io {

namespace {

// An operation on names, somewhere between now and its latency; they overtake each other.
Task<Result<>> change_names(SimPlace place, std::string what, std::function<Result<>()> success) {
  return simulate(place, pick_moments(place), SimOperation::name, std::move(what),
                  {.success = std::move(success), .failure = {}});
}

class SimDirectoryLock final : public DirectoryLock {
 public:
  explicit SimDirectoryLock(std::shared_ptr<const int> token) : token_(std::move(token)) {}

 private:
  std::shared_ptr<const int> token_;
};

Task<Result<std::unique_ptr<File>>> open_on(SimPlace place, std::string path, OpenMode mode,
                                            Caching caching) {
  std::shared_ptr<SimInode> inode;
  auto opening = change_names(place, "opening " + path, [&]() -> Result<> {
    TRY(inode, place.storage->open(path, mode));
    return {};
  });
  CO_TRY(co_await opening);
  co_return std::make_unique<SimFile>(place, std::move(inode), std::move(path), mode, caching);
}

Task<Result<std::vector<DirectoryEntry>>> list_on(SimPlace place, std::string path) {
  std::vector<DirectoryEntry> entries;
  auto listing = change_names(place, "listing " + path, [&]() -> Result<> {
    TRY(entries, place.storage->list(path));
    return {};
  });
  CO_TRY(co_await listing);
  co_return entries;
}

Task<Result<DiskSpace>> space_on(SimPlace place, std::string path) {
  DiskSpace space;
  auto measuring = change_names(place, "measuring the space of " + path, [&]() -> Result<> {
    TRY(space, place.storage->space(path));
    return {};
  });
  CO_TRY(co_await measuring);
  co_return space;
}

}  // namespace

SimDisk::SimDisk(SimStorage& storage, Reactor& reactor, int process_id)
    : storage_(storage), reactor_(reactor), process_id_(process_id), life_(storage.life()) {}

Task<Result<std::unique_ptr<File>>> SimDisk::open(std::string path, OpenMode mode,
                                                  Caching caching) {
  return open_on({&storage_, &reactor_, life_}, std::move(path), mode, caching);
}

Task<Result<>> SimDisk::rename(std::string from, std::string to) {
  std::string what = "renaming " + from + " to " + to;
  return change_names({&storage_, &reactor_, life_}, std::move(what),
                      [&storage = storage_, from = std::move(from), to = std::move(to)] {
                        return storage.rename(from, to);
                      });
}

Task<Result<>> SimDisk::remove(std::string path) {
  std::string what = "removing " + path;
  return change_names(
      {&storage_, &reactor_, life_}, std::move(what),
      [&storage = storage_, path = std::move(path)] { return storage.remove(path); });
}

Task<Result<>> SimDisk::make_directory(std::string path) {
  std::string what = "making directory " + path;
  return change_names(
      {&storage_, &reactor_, life_}, std::move(what),
      [&storage = storage_, path = std::move(path)] { return storage.make_directory(path); });
}

Task<Result<>> SimDisk::sync_directory(std::string path) {
  std::string what = "syncing directory " + path;
  return change_names(
      {&storage_, &reactor_, life_}, std::move(what),
      [&storage = storage_, path = std::move(path)] { return storage.sync_directory(path); });
}

Task<Result<std::vector<DirectoryEntry>>> SimDisk::list(std::string path) {
  return list_on({&storage_, &reactor_, life_}, std::move(path));
}

Task<Result<DiskSpace>> SimDisk::space(std::string path) {
  return space_on({&storage_, &reactor_, life_}, std::move(path));
}

Result<std::unique_ptr<DirectoryLock>> SimDisk::lock(std::string directory) {
  if (storage_.life() != life_)
    return fail(ErrorCode::closed, "locking " + directory + ": the machine has crashed");
  TRY(auto token, storage_.lock(directory, process_id_));
  return std::make_unique<SimDirectoryLock>(std::move(token));
}

}  // namespace koine::io
