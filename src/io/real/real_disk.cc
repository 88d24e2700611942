#include "io/real/real_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include "io/real/directory_lock.h"
#include "io/real/real_file.h"
#include "io/real/system_error.h"

namespace koine::io {

namespace {

constexpr mode_t new_directory_mode = 0750;

Result<> make_one_directory(const std::string& path) {
  if (::mkdir(path.c_str(), new_directory_mode) == 0) return {};
  const int number = errno;
  struct stat status{};
  if (number == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  return system_failure("making directory " + path, number);
}

Result<> make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    TRY(make_one_directory(path.substr(0, slash)));
  }
  return make_one_directory(path);
}

Result<> sync_names(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_failure("opening directory " + path, errno);
  const OpenDescriptor directory(descriptor, path);
  if (::fsync(descriptor) != 0) return system_failure("syncing directory " + path, errno);
  return {};
}

bool is_directory(const std::string& path, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat status{};
  return ::stat((path + "/" + entry.d_name).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Result<std::vector<DirectoryEntry>> list_directory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) return system_failure("listing " + path, errno);
  std::vector<DirectoryEntry> entries;
  for (;;) {
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of this call's own.
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    entries.push_back({std::string(name), is_directory(path, *entry)});
  }
  if (errno != 0) return system_failure("listing " + path, errno);
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  return entries;
}

}  // namespace

RealDisk::RealDisk(Reactor& reactor, const RealDiskOptions& options)
    : reactor_(reactor),
      writer_(options.name + "-write", 1),
      background_writer_(options.name + "-back", 1),
      readers_(options.name + "-read", options.reading_threads) {}

Task<Result<std::unique_ptr<File>>> RealDisk::open(std::string path, OpenMode mode,
                                                   Caching caching) {
  using Opened = Result<std::shared_ptr<OpenDescriptor>>;
  auto opening = run_on<Opened>(readers_, reactor_,
                                [path, mode, caching] { return open_file(path, mode, caching); });
  CO_TRY(auto descriptor, co_await opening);
  WorkQueue& writer = caching == Caching::direct ? writer_ : background_writer_;
  co_return std::make_unique<RealFile>(std::move(descriptor), reactor_, writer, readers_);
}

Task<Result<>> RealDisk::rename(std::string from, std::string to) {
  return run_on<Result<>>(readers_, reactor_,
                          [from = std::move(from), to = std::move(to)]() -> Result<> {
                            if (::rename(from.c_str(), to.c_str()) != 0)
                              return system_failure("renaming " + from + " to " + to, errno);
                            return {};
                          });
}

Task<Result<>> RealDisk::remove(std::string path) {
  return run_on<Result<>>(readers_, reactor_, [path = std::move(path)]() -> Result<> {
    if (::unlink(path.c_str()) != 0) return system_failure("removing " + path, errno);
    return {};
  });
}

Task<Result<>> RealDisk::make_directory(std::string path) {
  return run_on<Result<>>(readers_, reactor_,
                          [path = std::move(path)] { return make_directories(path); });
}

Task<Result<>> RealDisk::sync_directory(std::string path) {
  return run_on<Result<>>(readers_, reactor_,
                          [path = std::move(path)] { return sync_names(path); });
}

Task<Result<std::vector<DirectoryEntry>>> RealDisk::list(std::string path) {
  using Listed = Result<std::vector<DirectoryEntry>>;
  return run_on<Listed>(readers_, reactor_,
                        [path = std::move(path)] { return list_directory(path); });
}

Task<Result<DiskSpace>> RealDisk::space(std::string path) {
  return run_on<Result<DiskSpace>>(
      readers_, reactor_, [path = std::move(path)]() -> Result<DiskSpace> {
        struct statvfs status{};
        if (::statvfs(path.c_str(), &status) != 0)
          return system_failure("measuring the space of " + path, errno);
        return DiskSpace{.total_bytes = status.f_blocks * status.f_frsize,
                         .free_bytes = status.f_bavail * status.f_frsize};
      });
}

Result<std::unique_ptr<DirectoryLock>> RealDisk::lock(std::string directory) {
  return RealDirectoryLock::take(directory);
}

}  // namespace koine::io
